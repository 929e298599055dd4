import type { ComponentName } from './guarantee.ts'
import type { Duration } from './units.ts'
import type { Command, World } from './world.ts'

/** A file with its whole content, relative to nothing: absolute path, mode (0600 unless said). */
export type RenderedFile = { readonly path: string; readonly content: string; readonly mode?: number }

/** When an engine is really ready: a port that accepts, an HTTP answer, or a command that ends with 0. */
export type Probe =
  /** `sockets`: files that must be there as well; a hand that removed one leaves the port as it was. */
  | { readonly kind: 'tcp'; readonly port: number; readonly sockets?: readonly string[] }
  | { readonly kind: 'http'; readonly url: string; readonly status: number; readonly ca?: string }
  /** `fails`: what it means that the command does not end with 0, where the command itself does not tell. */
  | {
      readonly kind: 'command'
      readonly command: Command
      readonly env?: Readonly<Record<string, string>>
      readonly fails?: string
    }

export type Signal = 'SIGHUP' | 'SIGINT' | 'SIGTERM' | 'SIGQUIT' | 'SIGUSR1' | 'SIGUSR2'

/** Which package brings a program, and which versions of it are known to work. */
export type PackageNeed = {
  /** The program's name on PATH or its absolute path. */
  readonly binary: string
  /** How to ask it for its version, and where in the answer it stands; absent for a program that does not say. */
  readonly version?: { readonly args: readonly string[]; readonly pattern: RegExp; readonly atLeast: string }
  /** Names of the distribution's packages, all of which are needed. */
  readonly packages: readonly string[]
}

/** How a program reads its files anew while it runs. */
type Reload = {
  readonly signal: Signal
  /** By what a process is known that serves no more, where the program hands over to new ones: its title, or its sockets. */
  readonly retired?: RegExp | 'listens no more'
}

/** One long-running program, as data. */
export type Engine = {
  readonly kind: 'engine'
  readonly name: string
  readonly component: ComponentName
  readonly need?: PackageNeed
  readonly command: Command
  readonly cwd?: string
  /** Given through files of mode 0600 and never through arguments. */
  readonly environment?: Readonly<Record<string, string>>
  readonly files: readonly RenderedFile[]
  /** Files that others write and this engine reads (a certificate): a change of one is a change of its configuration. */
  readonly watches?: readonly string[]
  /** Made before it starts, mode 0700. */
  readonly directories?: readonly string[]
  /** Files that an engine which was killed leaves behind and that keep the next one from starting: removed each time. */
  readonly leftovers?: readonly string[]
  /**
   * The engine's own verdict on a configuration before it is used. `staged` is the path where the given file lies
   * while it is judged.
   */
  readonly judge?: { readonly file: string; readonly command: (staged: string) => Command }
  readonly ready: Probe
  readonly readyWithin: Duration
  /** What to do about it, by the last words of one that does not get ready. */
  readonly advice?: (lastWords: string) => readonly string[]
  /** How a changed file is taken over without a restart; absent where only a restart does it. */
  readonly reload?: Reload
  readonly stop: Signal
  readonly stopWithin: Duration
  /** Names of engines and steps that must be there first; stopping goes the other way round. */
  readonly after: readonly string[]
}

/** What is not there yet, in words. */
type Missing = { readonly missing: string }
export type Observation = 'done' | Missing

/**
 * Something that must be true and is no process. Run only when `observe` says that something is missing, and observed
 * again afterwards: `done` is seen, never assumed.
 */
export type Step = {
  readonly kind: 'step'
  readonly name: string
  readonly component: ComponentName
  /** What the operator reads: the document's own word for it where it has one. */
  readonly title: string
  readonly after: readonly string[]
  observe(world: World): Promise<Observation>
  ensure(world: World, missing: Missing): Promise<void>
  /** A short fact for the progress line, asked after it is done: `5 migrations, 44,713 games`. */
  detail?(world: World): Promise<string>
}

export type Part = Engine | Step

/** What must be there on one machine. Data: printed by `plan`, applied by one converger, compared in tests. */
export type Plan = readonly Part[]
