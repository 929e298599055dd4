import type { ComponentName } from './guarantee.ts'
import type { Bytes, Duration } from './units.ts'
import type { Command, World } from './world.ts'

/** A file with its whole content, relative to nothing: absolute path, mode (0600 unless said). */
export type RenderedFile = { readonly path: string; readonly content: string; readonly mode?: number }

/** The files of a certificate that a client shows. */
type ClientCertificate = { readonly certificate: string; readonly key: string }

/** When an engine is really ready: a port or a socket that accepts, an HTTP answer, or a command that ends with 0. */
export type Probe =
  /**
   * `sockets`: files that must be there as well; a hand that removed one leaves the port as it was. `asks`: what it is sent,
   * and answers with anything: the kernel accepts connections for a program that hangs.
   */
  | { readonly kind: 'tcp'; readonly port: number; readonly sockets?: readonly string[]; readonly asks?: string }
  /**
   * Not only ready, but locked: it refuses whoever shows no certificate. `ca` is the authority of its own. Where a program opens its
   * port before it can be asked anything, `answers` is the path that answers 200 once it can, to whoever shows this certificate.
   */
  | {
      readonly kind: 'mutualTls'
      readonly port: number
      readonly ca: string
      readonly answers?: ClientCertificate & { readonly path: string }
    }
  | {
      readonly kind: 'http'
      readonly url: string
      readonly status: number
      readonly ca?: string
      readonly shown?: ClientCertificate
    }
  | { readonly kind: 'socket'; readonly path: string; readonly asks?: string }
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
  /** Where the distribution's program is not good enough: the wheels that bring this one, beside the packages. */
  readonly wheels?: Wheels
}

/** Python packages, each of a pinned version and hash, that edge brings into a folder of its clone. */
export type Wheels = {
  /** With the version, as the operator reads it. */
  readonly name: string
  /** The file of versions and hashes, relative to the project. */
  readonly lock: string
  /** Below `.tools`. What runs from it notices nothing of a newer one, which has another name. */
  readonly folder: string
  readonly fetched: Bytes
  readonly unpacked: Bytes
  /** Programs in its `bin` that run with the system's Python; absent where the wheel brings one that needs none. */
  readonly programs?: Readonly<Record<string, { readonly module: string; readonly function: string }>>
}

/** How a program reads its files anew while it runs. */
type Reload = {
  readonly signal: Signal
  /** What is done right before that. */
  readonly first?: () => Promise<void>
  /** By what a process is known that serves no more, where the program hands over to new ones: its title, or its sockets. */
  readonly retired?: RegExp | 'listens no more'
}

/**
 * How an engine is relieved of its requests before it is told to end. Without it, or where `takeOut` says no, it is told
 * at once.
 */
export type Drain = {
  /** So long what is in flight may take. */
  readonly within: Duration
  /** Those of which one has to answer meanwhile, where they listen now: without any, waiting only makes the gap longer. */
  others(): Promise<readonly Probe[]>
  /** Keeps new requests from it. False where nobody heeds that: what an earlier version brought up. */
  takeOut(): Promise<boolean>
  /** Lets it have requests again: where it had them, or where it is configured to listen. Changes nothing where it has them. */
  putBack(where: 'as before' | 'as configured'): Promise<void>
  /** Requests that it has and has not answered. */
  inFlight(): Promise<number>
  /** Begins to count the requests that are cut off; what it answers says how many that were until then. */
  countCut(): Promise<() => Promise<number>>
}

/**
 * Restarts engines that stand in for each other, by name, in an order and with what it takes that their users notice
 * nothing. Each of `restarts` ends when its engine is ready; one that is not called counts as failed.
 */
export type InTurn = (restarts: ReadonlyMap<string, () => Promise<void>>, world: World) => Promise<void>

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
  /** Those of them that the engine fills by itself: one that another user was given is begun anew. */
  readonly refilled?: readonly string[]
  /** Files that an engine which was killed leaves behind and that keep the next one from starting: removed each time. */
  readonly leftovers?: readonly string[]
  /**
   * The engine's own verdict on a configuration before it is used. `staged` is the path where the given file lies
   * while it is judged; `field`: what of the configuration it is about, where that has another name than the engine.
   */
  readonly judge?: { readonly file: string; readonly field?: string; readonly command: (staged: string) => Command }
  readonly ready: Probe
  readonly readyWithin: Duration
  /** What to do about it, by the last words of one that does not get ready. */
  readonly advice?: (lastWords: string) => readonly string[]
  /** How a changed file is taken over without a restart; absent where only a restart does it. */
  readonly reload?: Reload
  readonly drain?: Drain
  /** The same function for all engines that stand in for each other; absent where an engine is restarted by itself. */
  readonly inTurn?: InTurn
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
  /** Programs that it runs. */
  readonly needs?: readonly PackageNeed[]
  readonly after: readonly string[]
  observe(world: World): Promise<Observation>
  ensure(world: World, missing: Missing): Promise<void>
  /**
   * It takes back what a process that was killed has left behind, which nobody is to wait for: whichever verb opens the
   * instance does so.
   */
  readonly takesBack?: true
  /** A short fact for the progress line, asked after it is done: `5 migrations, 44,713 games`. */
  detail?(world: World): Promise<string>
}

export type Part = Engine | Step

/** A part of a room's own plan is of that room, unless it says another. */
export type Unowned<P extends Part> = P extends Part
  ? Omit<P, 'component'> & { readonly component?: ComponentName }
  : never

/** What must be there on one machine. Data: printed by `plan`, applied by one converger, compared in tests. */
export type Plan = readonly Part[]
