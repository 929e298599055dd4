import type { ExitCode } from '../core/errors.ts'
import type { World } from '../core/world.ts'

/** What a verb was given: positional arguments as commander yields them, options by their names. */
export type VerbRun = (
  world: World,
  positional: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
) => Promise<ExitCode>

type VerbOption = {
  readonly flags: string
  readonly description: string
  /** It means nothing for the other target, or without that other option, and is refused there: never passed over. */
  readonly only?: { readonly on: 'aws' | 'local' } | { readonly with: string }
}

export type Verb = {
  readonly name: string
  readonly description: string
  readonly arguments?: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly VerbOption[]
  readonly examples: readonly string[]
  readonly hidden?: boolean
  /** What its help lists: loaded when the verb is called. */
  readonly list?: () => Promise<string>
  /** Loaded when called: `edge --help` answers without any of it. */
  readonly load: () => Promise<VerbRun>
  /** Also for the target `aws`; any other is for this machine alone. */
  readonly onAws?: true
}
