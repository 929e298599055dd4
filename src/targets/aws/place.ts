import type { App, IStackSynthesizer } from 'aws-cdk-lib/core'
import { type Evidence, type Facts, type Judgement, notClaimed } from '../../core/check.ts'
import type { ComponentName, Guarantees } from '../../core/guarantee.ts'
import { type BoundCheck, bind } from '../../core/verify.ts'
import type { World } from '../../core/world.ts'
import { notDeployed, stackName } from './describe-stack.ts'
import { emulatorOf } from './on-emulator.ts'
import type { Outputs } from './outputs.ts'
import { OwnSynthesizer } from './template-address.ts'
import type { ForGood, Frame, RoomOnAws, RoomStack, Storage, TakenOver, Told, Where } from './room.ts'

/** What stacks answer, by their names; without those that are not deployed. */
export type AllOutputs = ReadonlyMap<string, Outputs>

/** A stack where it belongs, with what it needs of others: what the target works with. */
export type Placed<Provides = unknown> = {
  readonly component: ComponentName
  readonly stack: string
  readonly region: string
  /** Stacks that have to be there first. */
  readonly needs: readonly Placed[]
  /** Throws MissingOutput where one of these does not answer what it should. */
  readonly define: (app: App, outputs: AllOutputs) => void
  readonly provides: (outputs: AllOutputs) => Provides
  readonly explains: readonly string[]
  readonly forGood: ForGood | undefined
  readonly storage: Storage | undefined
  readonly lookBefore: (outputs: AllOutputs, world: World) => Promise<string | undefined>
  readonly takenOver: () => Promise<TakenOver | undefined>
  /** Waits until it serves; undefined where there is nothing to wait for. */
  readonly settles: ((outputs: AllOutputs, world: World) => Promise<readonly string[]>) | undefined
  readonly buckets: (outputs: AllOutputs) => readonly string[]
  readonly deletion: string | undefined
  readonly left: string | undefined
  readonly tells: (outputs: AllOutputs) => Told | undefined
}

/** A stack whose room is verified. */
export type Proven<Provides = unknown> = Placed<Provides> & {
  /** The checks of its room, and what lets go of their connections. */
  readonly look: (outputs: AllOutputs, world: World) => Promise<Look>
}
export type Look = {
  readonly checks: readonly BoundCheck[]
  /** The judgement of one of these, with where it was asked in its evidence. */
  readonly seen: (judgement: Judgement) => Judgement
  readonly amiss: () => Promise<readonly string[]>
  readonly close: () => void
}

/** The stacks that one needs, by the names that its own needs call them. */
type From<Given> = { readonly [Name in keyof Given]: Placed<Given[Name]> }

/**
 * Puts a stack where it belongs. `from` are the stacks that have to be there first, and `given` makes of what they
 * provide what this one needs.
 */
export function place<Settings, Needs, Provides, Given extends object>(
  where: Where,
  room: RoomStack<Settings, Needs, Provides>,
  settings: Settings,
  from: From<Given>,
  given: (provided: Given) => Needs,
): Placed<Provides> {
  const { component, title, deletion, settles } = room
  const frame = frameOf(where, room.name, room.region === 'us-east-1' ? room.region : where.region, title)
  const { stack, region } = frame
  const needs = Object.values<Placed>(from)
  const needsOf = (outputs: AllOutputs): Needs => given(provided(from, outputs))
  const own = (outputs: AllOutputs): Outputs => {
    const mine = outputs.get(stack)
    if (mine) return mine
    throw notDeployed({ component, stack, region }, where.account)
  }
  return {
    component,
    stack,
    region,
    needs,
    deletion,
    define: (app, outputs) => room.define(app, frame, settings, needsOf(outputs)),
    provides: (outputs) => room.provides(own(outputs)),
    explains: room.explains?.(settings) ?? [],
    forGood: room.forGood?.(settings),
    storage: room.storage?.(settings),
    left: room.left?.({ ...where, region }),
    lookBefore: async (outputs, world) => room.lookBefore?.(frame, needsOf(outputs), world, settings),
    takenOver: async () => room.takenOver?.(frame),
    settles: settles && ((outputs, world) => settles(room.provides(own(outputs)), frame, world)),
    buckets: (outputs) => (room.buckets ?? []).flatMap((name) => outputs.get(stack)?.find(name) ?? []),
    tells: (outputs) => room.tells?.(room.provides(own(outputs))),
  }
}

/** Puts the stack of a room where it belongs, with the checks of its guarantees. */
export function placeRoom<G extends Guarantees, Settings, Needs, Provides, Endpoint, Given extends object>(
  where: Where,
  room: RoomOnAws<G, Settings, Needs, Provides, Endpoint>,
  settings: Settings,
  from: From<Given>,
  given: (provided: Given) => Needs,
): Proven<Provides> {
  const placed = place(where, room, settings, from, given)
  const frame = frameOf(where, room.name, placed.region, room.title)
  return {
    ...placed,
    look: async (outputs, world) => {
      const needs = given(provided(from, outputs))
      const {
        endpoint,
        facts = {},
        close,
      } = await room.endpoint(placed.provides(outputs), frame, settings, needs, world)
      const checks = bind(room.guarantees, room.checks, endpoint)
      const on = emulatorOf(world) && 'emulator'
      return {
        checks: on ? checks.map((one) => onEmulator(one, room.notOnEmulator ?? {})) : checks,
        seen: (judgement) => withEvidence(judgement, facts, on),
        amiss: async () => (await room.amiss?.(endpoint, world)) ?? [],
        close: () => close?.(),
      }
    },
  }
}

function frameOf({ instance, account }: Where, name: string, region: string, title: string): Frame {
  const stack = stackName(instance, name)
  const props = {
    env: { account, region },
    description: `${title} of ${instance}: made by edge`,
    // CDK's types are not written for exactOptionalPropertyTypes.
    synthesizer: new OwnSynthesizer({ instance, account, region }) as IStackSynthesizer,
  }
  return { instance, account, region, stack, props }
}

/** Each when it is asked for: of a stack that is not there yet a look at all else can still be had. */
function provided<Given extends object>(from: From<Given>, outputs: AllOutputs): Given {
  const lazy = {}
  for (const [name, placed] of Object.entries<Placed>(from))
    Object.defineProperty(lazy, name, { enumerable: true, get: () => placed.provides(outputs) })
  // It has the names of `from`, one to one, by the lines above.
  return lazy as Given
}

/** A check on an emulator: what that does not have is not claimed. */
function onEmulator(
  { guarantee, check }: BoundCheck,
  missing: Readonly<Record<string, string | undefined>>,
): BoundCheck {
  const because = missing[guarantee.id.slice(guarantee.component.length + 1)]
  return { guarantee, check: because === undefined ? check : () => Promise.resolve(notClaimed(because)) }
}

/** A judgement whose evidence says more of where it was asked; one of an emulator never passes for one of AWS. */
function withEvidence(judgement: Judgement, more: Facts, on: Evidence['on']): Judgement {
  const { verdict } = judgement
  if (!('evidence' in verdict)) return judgement
  const evidence = { ...verdict.evidence, facts: { ...verdict.evidence.facts, ...more }, ...(on ? { on } : {}) }
  return { ...judgement, verdict: { ...verdict, evidence } }
}
