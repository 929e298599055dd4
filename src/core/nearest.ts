import { closest, distance } from 'fastest-levenshtein'

/** The known word that somebody may have meant; undefined where nothing is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const near = closest(word, known)
  return distance(word, near) <= Math.max(2, Math.floor(word.length / 3)) ? near : undefined
}
