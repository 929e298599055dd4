/** Exit codes, the same for each verb. */
export const exit = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const
export type ExitCode = (typeof exit)[keyof typeof exit]

/**
 * Something that the operator can mend. Printed as `where: what` and a `hint:` line; no stack.
 * Anything else that is thrown is our own bug and is shown as one.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  /** The thing it is about: a field's path, an engine, a file. */
  readonly where: string
  /** What to do or look at next, as a question or a command; one entry a line. */
  readonly hints: readonly string[]
  readonly exitCode: ExitCode

  constructor(where: string, what: string, hints: string | readonly string[], exitCode: ExitCode = exit.failed) {
    super(what)
    this.where = where
    this.hints = typeof hints === 'string' ? [hints] : hints
    this.exitCode = exitCode
  }
}

/** Ctrl-C: everything under way was told to stop. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
