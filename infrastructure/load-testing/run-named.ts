import { basename } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import type { Result } from './result.ts'

/**
 * A run that was made here: `last`, or the beginning of its name. Throws OperatorError (exit 2) where there is none of
 * that name, or several.
 */
export function runNamed(where: string, name: string, results: readonly Result[]): Result {
  const found =
    name === 'last' ? results.slice(0, 1) : results.filter(({ directory }) => basename(directory).startsWith(name))
  const [only] = found
  if (only && found.length === 1) return only
  const what = only ? `means ${found.length} runs` : 'is no run that was brought to its end'
  throw new OperatorError(where, what, 'edge reports lists all', exit.usage)
}
