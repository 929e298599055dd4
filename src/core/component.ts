import type { Measured } from './alarm.ts'
import type { ChecksFor } from './check.ts'
import type { Drill, Undrilled } from './drill.ts'
import type { ComponentName, Guarantees } from './guarantee.ts'
import type { Instance } from './instance.ts'
import type { Job } from './job.ts'
import type { Part, Unowned } from './plan.ts'
import type { Screen } from './screen.ts'
import type { Paint } from './target.ts'
import type { World } from './world.ts'

/** What a room puts on one machine: what must be there, what others get from it, and what its checks look at. */
export type Local<Endpoint, Provides> = {
  readonly plan: readonly Unowned<Part>[]
  readonly provides: Provides
  readonly endpoint: Endpoint
}

/** What a deployment with these settings deletes, as a question to the operator; undefined where it is nothing. */
export type Loses<Settings> = (
  instance: Instance,
  settings: Settings,
  services: readonly string[],
) => Promise<{ readonly where: string; readonly message: string } | undefined>

/** What was seen at the end of a deployment. */
export type Proven = {
  /** Its field in the JSON of that deployment. */
  readonly name: string
  readonly json: object
  readonly isGood: boolean
  /** What is shown where it is not good, and what to do then. */
  readonly lines: (paint: Paint) => readonly string[]
  readonly next: string
}

/** Too long for a check, and told at once: so it is done by `edge up`, and by an `edge deploy` that was asked for it. */
export type LastProof<Endpoint> = (endpoint: Endpoint, k6: string, world: World, screen: Screen) => Promise<Proven>

/**
 * A room, whole: data and pure functions. infrastructure/compose.ts puts the rooms together; no room imports another: what it needs of one is
 * handed to it as `given`, and a missing provider is a type error.
 */
export type Component<G extends Guarantees, Settings, Endpoint, Needs, Provides> = {
  readonly name: ComponentName
  readonly guarantees: G
  readonly local: (instance: Instance, settings: Settings, given: Needs) => Local<Endpoint, Provides>
  readonly checks: ChecksFor<G, Endpoint>
  /** When somebody is called about it. */
  readonly alarms?: readonly Measured[]
  /** Whether it measures that with these settings; without it always. What nobody measures cannot ring. */
  readonly measures?: (settings: Settings) => boolean
  readonly drills?: readonly Drill<Endpoint>[]
  readonly undrilled?: readonly Undrilled[]
  /** Asked before a deployment; absent where nothing is ever deleted by one. */
  readonly loses?: Loses<Settings>
  /** Done by `edge up` and `edge deploy` when all is up, before it is judged. Does nothing where it was done. */
  readonly whenUp?: (endpoint: Endpoint, world: World, screen: Screen) => Promise<void>
  /** Done with k6 by `edge up` at the end, and by an `edge deploy` that names the room; before it is judged. */
  readonly lastProof?: LastProof<Endpoint>
  /** What the agent does for it by the clock. */
  readonly jobs?: (instance: Instance, settings: Settings) => readonly Job[]
}
