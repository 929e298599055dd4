import type { ExitCode } from './errors.ts'
import type { World } from './world.ts'

/** What a verb was given: positional arguments as commander yields them, options by their names. */
type Given = readonly [positional: readonly unknown[], options: Readonly<Record<string, unknown>>]

export type VerbRun = (world: World, ...given: Given) => Promise<ExitCode>

type VerbOption = {
  readonly flags: string
  readonly description: string
  /** It means nothing for the other target, or without that other option, and is refused there: never passed over. */
  readonly only?: { readonly on: 'aws' | 'local' } | { readonly with: string }
}

/** What the help of a verb says, and what it takes. */
type VerbWords = {
  readonly name: string
  readonly description: string
  readonly arguments?: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly VerbOption[]
  readonly examples: readonly string[]
  readonly hidden?: boolean
}

/** A verb of one room: it is handed what the room's checks look at. `--config` is an option of each. */
export type RoomVerb<Endpoint> = VerbWords & {
  /** It changes the instance: no other command that does may run beside it. */
  readonly changes?: boolean
  /** Loaded when called. */
  readonly load: () => Promise<(endpoint: Endpoint, world: World, ...given: Given) => Promise<ExitCode>>
}

export type Verb = VerbWords & {
  /** What its help lists: loaded when the verb is called. */
  readonly list?: () => Promise<string>
  /** Loaded when called: `edge --help` answers without any of it. */
  readonly load: () => Promise<VerbRun>
  /** Also for the target `aws`; any other is for this machine alone. */
  readonly onAws?: true
}
