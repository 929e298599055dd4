import type { HowFar } from './alarm.ts'
import type { Facts } from './check.ts'
import { OperatorError } from './errors.ts'
import type { Job, Schedule } from './job.ts'
import { type Deployed, difference, type DrillRecord, type Records } from './record.ts'
import type { World } from './world.ts'

/** What takes longer than a check may: it is run by the clock or by hand, and a check reads the newest record of it. */
export type Drill<Endpoint> = {
  /** Lower case, words joined by `-`; a first word that several share runs all of them: `edge drill pool`. */
  readonly name: string
  readonly says: string
  /** What visitors notice of it: an operator has to agree to that first. */
  readonly harms?: string
  /** It makes an alarm ring: `edge drill all` runs all of these. */
  readonly rings?: true
  /** Ids of the guarantees that it measures. */
  readonly proves: readonly string[]
  /** When the agent runs it; without it, only an operator does. */
  readonly every?: Schedule
  /** What it measures, as it is deployed now: asked before and after, as what was measured belongs to both. */
  readonly of: (endpoint: Endpoint, world: World) => Promise<Deployed>
  /** Throws DrillFailed where what it saw is a promise that is not kept. */
  readonly run: (endpoint: Endpoint, world: World, how: HowFar) => Promise<Facts>
  readonly undo?: (endpoint: Endpoint, world: World) => Promise<void>
  /** What was measured, for the line of progress. */
  readonly show: (facts: DrillRecord['facts']) => string
}

/** It measured, and not what is promised: that is recorded before anybody is told. */
export class DrillFailed extends OperatorError {
  readonly facts: Facts

  constructor(name: string, what: string, facts: Facts, hint: string) {
    super(`drill ${name}`, what, hint)
    this.facts = facts
  }
}

/** Runs a drill and records what it saw. Throws OperatorError, with nothing recorded, where what it measured was changed. */
export async function runDrill<Endpoint>(
  drill: Drill<Endpoint>,
  endpoint: Endpoint,
  records: Records,
  world: World,
  how: HowFar = { real: false },
): Promise<DrillRecord> {
  const { name } = drill
  const of = await drill.of(endpoint, world)
  const begun = world.now().getTime()
  const { facts, failed } = await seen(drill, endpoint, world, how)
  const at = world.now()
  const changed = difference(of, await drill.of(endpoint, world))
  if (changed !== undefined)
    throw new OperatorError(`drill ${name}`, `${changed} while it was measured`, `edge drill ${name} measures again`)
  const record = { drill: name, at: at.toISOString(), facts, took: at.getTime() - begun, of }
  await records.keep(record)
  if (failed) throw failed
  return record
}

async function seen<Endpoint>(drill: Drill<Endpoint>, endpoint: Endpoint, world: World, how: HowFar) {
  try {
    return { facts: await drill.run(endpoint, world, how) }
  } catch (error) {
    if (error instanceof DrillFailed) return { facts: error.facts, failed: error }
    throw error
  } finally {
    await drill.undo?.(endpoint, world)
  }
}

/** A drill with what it looks at. */
export type BoundDrill = {
  readonly name: string
  readonly harms?: string
  readonly run: (world: World, how?: HowFar) => Promise<DrillRecord>
  readonly show: Drill<never>['show']
}

export const bindDrills = <Endpoint>(
  drills: readonly Drill<Endpoint>[],
  endpoint: Endpoint,
  records: Records,
): readonly BoundDrill[] =>
  drills.map((drill) => ({
    name: drill.name,
    ...(drill.harms === undefined ? {} : { harms: drill.harms }),
    run: (world, how) => runDrill(drill, endpoint, records, world, how),
    show: drill.show,
  }))

/** The drills that a word names: one by its name, all that share it as their first word; empty where there is none. */
export const drillsNamed = <D extends { readonly name: string }>(drills: readonly D[], word: string): readonly D[] =>
  drills.filter(({ name }) => name === word || name.startsWith(`${word}-`))

/** Drills as jobs: those of the same hour one after the other, as they would measure each other. */
export function jobsOf(drills: readonly Drill<never>[]): readonly Job[] {
  const scheduled = drills.flatMap((drill) => (drill.every ? [{ ...drill, every: drill.every }] : []))
  const sameHour = Map.groupBy(scheduled, ({ every }) => `${every.cron} ${every.zone}`)
  return [...sameHour.values()].flatMap((together) => {
    const [first] = together
    if (!first) return []
    const names = together.map(({ name }) => name)
    return {
      name: `drill ${names.join(' ')}`,
      schedule: first.every,
      runs: ['drill', ...names],
      catchUp: true,
      measures: together.flatMap(({ proves }) => proves),
    }
  })
}
