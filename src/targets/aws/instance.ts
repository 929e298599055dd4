import type { ComponentName, Guarantee } from '../../core/guarantee.ts'
import type { Paint } from '../../core/target.ts'
import type { World } from '../../core/world.ts'
import type { During } from './apply.ts'
import type { Placed, Proven } from './place.ts'

/** What an instance has on AWS, in the order in which it is deployed. */
export type AwsInstance = {
  readonly name: string
  readonly account: string
  readonly stacks: readonly (Placed | Proven)[]
  /** Of every room: also of those that have no stack yet. */
  readonly guarantees: () => Promise<readonly Guarantee[]>
  /** What stands here for the production document's steps of some components, as lines of a table. */
  readonly documentSteps: (components: readonly ComponentName[]) => readonly string[]
}

/** What was typed, as far as AWS has a use for it. */
type AwsOptions = {
  readonly dryRun: boolean
  readonly yes: boolean
  /** Asks even where a plan was given. */
  readonly confirm: boolean
  readonly drift: boolean
  readonly revertDrift: boolean
  readonly buckets: readonly string[]
  /** Stacks of which it is confirmed that something in them cannot be undone later. */
  readonly forGood: readonly string[]
  /** Components of which what holds data may be replaced or deleted by a deployment. */
  readonly mayReplace: readonly ComponentName[]
}

/** Who typed it: is shown what is done, and asked. */
export type Operator = {
  readonly world: World
  readonly options: AwsOptions
  readonly during: During
  /** Shows lines; nothing where one JSON object is asked for. */
  readonly show: (lines: (paint: Paint) => readonly string[]) => void
  /** Asks for a name. Throws OperatorError (exit 2) for another one, and where nobody can answer. */
  readonly typed: (asked: {
    readonly where: string
    readonly name: string
    readonly message: string
    /** What is true when another one was typed. */
    readonly otherwise: string
    readonly inScripts: string
  }) => Promise<void>
  /** False where the answer is no, which the operator is told. */
  readonly agreed: (question: {
    readonly where: string
    readonly message: string
    readonly inScripts: string
  }) => Promise<boolean>
}
