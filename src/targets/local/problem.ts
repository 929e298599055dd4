import { exit, OperatorError } from '../../core/errors.ts'

/** Something that would stop the work halfway, found before it begins. */
export type Problem = {
  readonly where: string
  readonly what: string
  readonly hint: string
  /** The instance of edge that a port belongs to, in words. */
  readonly instance?: string
}

/** Throws OperatorError with all of them; says nothing where there is none. */
export function refuse(problems: readonly Problem[]): void {
  const [first, ...others] = problems
  if (!first) return
  throw new OperatorError(
    first.where,
    first.what,
    [first.hint, ...others.map((problem) => `also: ${problem.where}: ${problem.what}; ${problem.hint}`)],
    exit.usage,
  )
}
