import { exit, OperatorError } from '../../src/core/errors.ts'

const named = { first: 1, second: 2 } as const

/** The number of a repository, as pgBackRest counts them. */
export type Repository = (typeof named)[keyof typeof named]

/** The repository that an operator names; the first one where none is named. Throws OperatorError for any other word. */
export function repositoryOf(text = 'first'): Repository {
  if (text === 'first' || text === 'second') return named[text]
  const what = `"${text}" is no repository`
  throw new OperatorError('--from', what, 'first (backup.repository) or second (backup.secondRepository)', exit.usage)
}

/** Reads what an operator wants back. Where the first repository does not give it, the error names the other one. */
export async function readingFrom<Result>(repository: Repository, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    if (repository !== 1 || !(error instanceof OperatorError)) throw error
    const hints = [...error.hints, '--from second: the other repository may have it']
    throw new OperatorError(error.where, error.message, hints, error.exitCode)
  }
}

const asFolder = (path: string): string => `${path.replace(/\/+$/, '')}/`

/** Whether one folder lies in the other, or is the same: one loss would take both repositories. */
export const overlap = (one: string, other: string): boolean =>
  asFolder(one).startsWith(asFolder(other)) || asFolder(other).startsWith(asFolder(one))
