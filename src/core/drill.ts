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
  /** It makes an alarm ring: `edge drill all` runs those of the production document, `edge drill own` edge's own. */
  readonly rings?: 'all' | 'own'
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

/** An alarm that no drill makes ring. */
export type Undrilled = {
  /** As its drill would be called. */
  readonly name: string
  readonly because: string
  /** The test that has seen it ring. */
  readonly seenIn: string
}

/** It measured, and not what is promised: that is recorded before anybody is told. */
export class DrillFailed extends OperatorError {
  readonly facts: Facts

  constructor(name: string, what: string, facts: Facts, hint: string) {
    super(`drill ${name}`, what, hint)
    this.facts = facts
  }
}

/**
 * Runs a drill and records what it saw. Throws OperatorError, with nothing recorded, where what it measured was changed.
 * What was measured is recorded before anybody hears what went wrong afterwards: where nobody can say any more what is
 * deployed, it is of what was there before.
 */
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
  const wrong: unknown[] = []
  const facts = await seen(drill, endpoint, world, how, wrong)
  const at = world.now()
  const after = await noting(wrong, async () => drill.of(endpoint, world))
  const changed = after && difference(of, after)
  if (changed !== undefined)
    throw new OperatorError(`drill ${name}`, `${changed} while it was measured`, `edge drill ${name} measures again`)
  const record = { drill: name, at: at.toISOString(), facts, took: at.getTime() - begun, of }
  await records.keep(record)
  if (wrong.length > 0) throw wrong[0]
  return record
}

/** What a drill saw, also where it is not what is promised. Rejects where it could not measure, with all undone. */
async function seen<Endpoint>(
  drill: Drill<Endpoint>,
  endpoint: Endpoint,
  world: World,
  how: HowFar,
  wrong: unknown[],
): Promise<Facts> {
  const facts = await noting(wrong, () => drill.run(endpoint, world, how))
  await noting(wrong, async () => drill.undo?.(endpoint, world))
  const [failed] = wrong
  if (facts) return facts
  if (failed instanceof DrillFailed) return failed.facts
  throw failed
}

/** What it resolves to; undefined where it rejects, which is noted. */
const noting = <Value>(wrong: unknown[], act: () => Promise<Value>): Promise<Value | undefined> =>
  act().catch((error: unknown) => void wrong.push(error))

/** Whether no record says of what is deployed now that it was tried, and did what is promised. */
export async function isDue<Endpoint>(
  { name, of }: Pick<Drill<Endpoint>, 'name' | 'of'>,
  endpoint: Endpoint,
  records: Records,
  world: World,
): Promise<boolean> {
  const newest = await records.newest(name)
  if (!newest || 'damaged' in newest || newest.facts['failed'] !== undefined) return true
  return difference(newest.of, await of(endpoint, world)) !== undefined
}

/** A drill with what it looks at. */
export type BoundDrill = {
  readonly name: string
  readonly harms?: string
  readonly rings?: 'all' | 'own'
  readonly isDue: (world: World) => Promise<boolean>
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
    ...(drill.rings === undefined ? {} : { rings: drill.rings }),
    isDue: (world) => isDue(drill, endpoint, records, world),
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
