import type { z } from 'zod'
import type { Component } from './component.ts'
import type { Guarantees } from './guarantee.ts'
import type { Options } from './options.ts'
import type { Reserved } from './reserved.ts'
import type { RoomVerb } from './verb.ts'
import type { BoundCheck } from './verify.ts'
import type { World } from './world.ts'

/** A step that the production document promises for a room, and what does it on one machine and on AWS; absent where that has no stack. */
export type DocumentStep = { readonly step: string; readonly here: string; readonly onAws?: string }

/** What stands for a room's steps of the document on a target, as lines of a table. */
export const documentStepLines = (
  name: string,
  steps: readonly DocumentStep[],
  target: 'here' | 'onAws' = 'here',
): readonly string[] =>
  steps.flatMap(({ step, [target]: does }) =>
    does === undefined ? [] : `  ${name.padEnd(12)}${step.padEnd(26)}${does}`,
  )

/** A page of the documentation that is rendered from code, whole, with its path in the project. */
export type Page = { readonly path: string; readonly content: string }

/** What the command line says about a room. */
type RoomWords = {
  /** What `edge deploy --confirm` asks: `Deploy …?` */
  readonly question: string
  /** Other ways in which an operator may write its name. */
  readonly spellings?: readonly string[]
  /** In the document's order and words. */
  readonly documentSteps?: readonly DocumentStep[]
}

/** What AWS would refuse in the middle of a deployment: a field's path, and what is wrong with it. */
export type RefusedOnAws<Settings> = (settings: Settings) => readonly (readonly [path: string, message: string])[]

/** Checks of what somebody else deployed, by its address; `next`: what to type about one that is broken. */
export type ChecksElsewhere = (
  address: string,
  options: Options,
  world: World,
) => Promise<{ readonly checks: readonly BoundCheck[]; readonly next: (because: string) => string }>

/**
 * A room as the list of rooms has it. Light: `edge --help` reads it, so the settings and everything that runs are loaded
 * when somebody asks for them.
 */
export type Room<
  Name extends string,
  Field extends string,
  Schema extends z.ZodType,
  G extends Guarantees,
  Endpoint,
  Needs,
  Provides,
  Stacks extends object,
> = {
  readonly name: Name
  /** The field of the configuration that has its settings. */
  readonly field: Field
  readonly settings: () => Promise<Schema>
  /** Loaded with the settings. */
  readonly refusedOnAws?: () => Promise<RefusedOnAws<z.output<Schema>>>
  readonly words: RoomWords
  /** Ports and secrets of each instance; absent where it needs none. */
  readonly reserved?: Reserved
  /** For `edge verify --url`; absent where nothing of it can be seen from outside. */
  readonly elsewhere?: () => Promise<ChecksElsewhere>
  /** What is rendered from its code alone. */
  readonly pages?: () => Promise<readonly Page[]>
  readonly verbs?: readonly RoomVerb<Endpoint, z.output<Schema>>[]
  /** Its stacks on AWS by their names; absent where it has none. */
  readonly aws?: () => Promise<Stacks>
  readonly load: () => Promise<Component<G, z.output<Schema>, Endpoint, Needs, Provides>>
}

/** Writes down a room: the compiler holds its settings against what it deploys. */
export const room = <
  const Name extends string,
  const Field extends string,
  Schema extends z.ZodType,
  G extends Guarantees,
  Endpoint,
  Needs,
  Provides,
  Stacks extends object = Readonly<Record<never, never>>,
>(
  one: Room<Name, Field, Schema, G, Endpoint, Needs, Provides, Stacks>,
): Room<Name, Field, Schema, G, Endpoint, Needs, Provides, Stacks> => one
