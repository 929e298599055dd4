import { closest, distance } from 'fastest-levenshtein'
import { exit, OperatorError } from './errors.ts'

/** The known word that somebody may have meant; undefined where nothing is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const near = closest(word, known)
  return distance(word, near) <= Math.max(2, Math.floor(word.length / 3)) ? near : undefined
}

/** The message for a name that is none of the known ones: the nearest, and all of them. */
export function unknown(kind: string, word: string, known: readonly string[]): OperatorError {
  const near = nearest(word, known)
  const guess = near === undefined ? [] : [`did you mean "${near}"?`]
  return new OperatorError(kind, `"${word}" is unknown`, [...guess, `known: ${known.join(', ')}`], exit.usage)
}
