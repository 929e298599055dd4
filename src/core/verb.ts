import type { ExitCode } from './errors.ts'
import type { Measured } from './alarm.ts'
import type { AlarmOnAws } from './cloudwatch-alarm.ts'
import type { Options } from './options.ts'
import type { Screen } from './screen.ts'
import type { World } from './world.ts'

/** What a verb was given: positional arguments as commander yields them, options by their names. */
type Given = readonly [positional: readonly unknown[], options: Options]

export type VerbRun = (world: World, ...given: Given) => Promise<ExitCode>

type VerbOption = {
  readonly flags: string
  readonly description: string
  /** It means nothing for the other target, or without that other option, and is refused there: never passed over. */
  readonly only?: { readonly on: 'aws' | 'local' } | { readonly with: string }
}

/** The option of each verb that answers a program, too. */
export const json: VerbOption = {
  flags: '--json',
  description: 'one JSON object on standard output, and nothing else there',
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

/** What a verb of a room is handed beside the command line. */
type RunOfRoom<Seen> = (seen: Seen, world: World, ...given: [...Given, screen: Screen]) => Promise<ExitCode>

/** What there is before an instance is opened. */
type Outside<Settings> = {
  /** Throws OperatorError where the configuration is not of this machine. */
  readonly settings: () => Promise<Settings>
  /** The folder of the instance, which need not be there. */
  readonly state: () => Promise<string>
  /** The path of k6, which is brought where it is missing: only whoever typed the command may write where it lies. */
  readonly k6: () => Promise<string>
  readonly screen: Screen
}

/**
 * Looks at the command line before an instance is opened, and answers the options that the verb is given; or the exit
 * code, where no instance was needed for what is asked.
 */
export type Before<Settings = unknown> = (
  world: World,
  ...given: [...Given, outside: Outside<Settings>]
) => Promise<Options | ExitCode>

/** A verb on an instance that is there: it is handed what the room's checks look at. */
export type InstanceVerb<Endpoint, Settings = unknown> = {
  /** It changes the instance: no other command that does may run beside it. */
  readonly changes?: boolean
  /** Done as whoever typed the command, and where they did: the verb itself runs as the engines' user. */
  readonly before?: () => Promise<Before<Settings>>
  /** Loaded when called. */
  readonly load: () => Promise<RunOfRoom<Endpoint>>
}

/** What can be said of a configuration alone: the room's settings, and what all rooms measure. */
type ConfigurationSeen<Settings> = {
  readonly settings: Settings
  readonly measured: readonly Measured[]
  /** All alarms about what is measured as AWS has them; some it has alone. */
  readonly onAws: readonly AlarmOnAws[]
  /** Alarms about the functions that run there. */
  readonly ofFunctions: readonly AlarmOnAws[]
}

/** A verb that needs no instance. */
export type ConfigurationVerb<Settings> = { readonly reads: () => Promise<RunOfRoom<ConfigurationSeen<Settings>>> }

/** A verb of one room. `--config` is an option of each. */
export type RoomVerb<Endpoint, Settings> = VerbWords & {
  /** `edge --help` shows it behind this verb; behind `drill` where nothing is said. */
  readonly shownAfter?: string
} & (InstanceVerb<Endpoint, Settings> | ConfigurationVerb<Settings>)

export type Verb = VerbWords & {
  /** What its help lists: loaded when the verb is called. */
  readonly list?: () => Promise<string>
  /** Loaded when called: `edge --help` answers without any of it. */
  readonly load: () => Promise<VerbRun>
  /** Also for the target `aws`; any other is for this machine alone. */
  readonly onAws?: true
}
