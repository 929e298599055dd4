/** Positional words as commander gives them: a list for a variadic argument. */
export function words(given: unknown): readonly string[] {
  return [given].flat(2).filter((word) => typeof word === 'string')
}
