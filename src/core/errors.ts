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

/** What several that went side by side failed with: each is shown, with its own hints. */
export class Failures extends OperatorError {
  readonly all: readonly OperatorError[]

  constructor(all: readonly OperatorError[]) {
    const messages = all.map(({ where, message }) => `${where}: ${message}`)
    const hints = new Set(all.flatMap((each) => each.hints))
    super(`${all.length} failures`, messages.join('\n'), [...hints], all[0]?.exitCode)
    this.all = all
  }
}

/** Ctrl-C: everything under way was told to stop. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What the machine itself refused, in words with a next step; undefined for every other error, which is ours. */
export function machineError(error: unknown): OperatorError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined
  const known = typeof error.code === 'string' ? machineErrors[error.code] : undefined
  return known && new OperatorError(placeOf(error), known.what, known.next)
}

/** Of a copy from here to there, a full disk or one that may not be written to is there. */
function placeOf(error: Error): string {
  const isThere = 'code' in error && ['ENOSPC', 'EDQUOT', 'EROFS'].includes(String(error.code))
  if (isThere && 'dest' in error && typeof error.dest === 'string') return error.dest
  return 'path' in error && typeof error.path === 'string' ? error.path : 'machine'
}

const machineErrors: Readonly<Record<string, { readonly what: string; readonly next: string }>> = {
  EACCES: { what: 'permission denied', next: 'whose is it (ls -ld)? run this as that user, or with sudo' },
  EPERM: { what: 'not permitted', next: 'whose is it (ls -ld)? run this as that user, or with sudo' },
  EROFS: {
    what: 'lies on a file system that is read-only',
    next: 'choose another directory in `state`, or mount it rw',
  },
  ENOSPC: { what: 'no space left on the disk', next: 'free some (df -h says where), then run this again' },
  EDQUOT: { what: 'the quota of the disk is used up', next: 'free some, then run this again' },
  EMFILE: { what: 'too many open files', next: 'raise the bound (ulimit -n 4096), then run this again' },
  ENFILE: { what: 'too many open files on this machine', next: 'end what holds them, then run this again' },
  EIO: { what: 'the disk answers with an error', next: 'dmesg says which; is it dying?' },
}
