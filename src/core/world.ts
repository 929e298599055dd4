import type { Readable } from 'node:stream'

/** A program to run, as data: no shell, no quoting. */
export type Command = readonly [program: string, ...args: string[]]

export type RunOptions = {
  readonly cwd?: string
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Text for its standard input; without it, there is none. */
  readonly input?: string
  /** Ends it with SIGKILL after this many milliseconds; 60,000 where nothing is said. */
  readonly timeoutMs?: number
  /** Ctrl-C does not reach it, and does not keep it from being run: for the second half of what must be done whole. */
  readonly uninterrupted?: boolean
  /** Called with each line it prints, as it prints it. */
  readonly onLine?: (line: string) => void
  /** Called with its number once it runs: for whoever watches what it does. */
  readonly onStart?: (pid: number) => void
}

/** How a program ended. `code` is null when a signal ended it. */
export type Ran = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

export type Output = {
  write(text: string): void
  readonly isTTY: boolean
  readonly columns: number
  /** The stream that it writes to; absent where that is none, as in a test. */
  readonly stream?: NodeJS.WriteStream
}

/**
 * Everything outside the program, passed in, so that a test runs a whole verb in memory.
 * Files are not part of it: tests use real ones in a temporary folder.
 */
export type World = {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** User id that this process runs as; 0 is root. */
  readonly uid: number
  readonly stdinIsTTY: boolean
  readonly stdin: Readable
  readonly stdout: Output
  readonly stderr: Output
  readonly now: () => Date
  /** Aborted on Ctrl-C and SIGTERM; whatever waits, listens to it. */
  readonly signal: AbortSignal
  /** Runs a program to its end; never throws for a bad exit code, throws OperatorError when there is no such program. */
  readonly run: (command: Command, options?: RunOptions) => Promise<Ran>
  /** Waits; rejects with Interrupted when the signal comes first. */
  readonly sleep: (ms: number) => Promise<void>
}
