import type { Configuration } from '../src/config/schema.ts'
import type { Instance } from '../src/core/instance.ts'
import type { Signal } from '../src/core/plan.ts'
import type { Command, Ran, RunOptions } from '../src/core/world.ts'
import type { EdgeRun } from './instance.ts'

/** What a sabotage may do to a running instance: only what a hand on the machine could do, never to the endpoint. */
export type Sabotaged = {
  readonly instance: Instance
  readonly configuration: Configuration
  /** Runs a program as the engines' user; throws when it ends with anything but 0. */
  readonly run: (command: Command, options?: RunOptions) => Promise<Ran>
  /** Sends a signal to the main process of an engine. */
  readonly signal: (engine: string, signal: Signal | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => Promise<void>
  /** Edits a file by hand; the path is relative to the instance's state directory. Throws when nothing changed. */
  readonly edit: (path: string, change: (text: string) => string) => Promise<void>
  /** Makes an engine take over its edited files, as the converger would: its reload signal, or a restart. */
  readonly reload: (engine: string) => Promise<void>
  /** Takes an engine out of service and leaves it so (`s6-svc -d`). */
  readonly stop: (engine: string) => Promise<void>
  /** Puts back what the configuration says: what `edge deploy` does before it verifies. */
  readonly converge: () => Promise<void>
  /** Runs a verb as an operator would, whatever comes of it. */
  readonly edge: (...args: readonly string[]) => Promise<EdgeRun>
  /** Runs the smoke test through the command line, whatever comes of it. */
  readonly smoke: () => Promise<EdgeRun>
}

/** One way in which a promise can stop being true, acted out on what runs. */
export type Sabotage = {
  /** What was done, as the test's name tells it: `nginx.conf is edited to cache for ten minutes`. */
  readonly title: string
  readonly break: (on: Sabotaged) => Promise<void>
  /** How it is put right; without it: converge. */
  readonly mend?: (on: Sabotaged) => Promise<void>
}

/**
 * A room's sabotages by guarantee id: one, or several that are acted out one after the other. Several ids may name the
 * same value: it is acted out once for all of them.
 */
export type Sabotages = Readonly<Record<string, Sabotage | readonly Sabotage[]>>
