/** The options of a command line, by their names. */
export type Options = Readonly<Record<string, unknown>>

/** Positional words as commander gives them: a list for a variadic argument. */
export function words(given: unknown): readonly string[] {
  return [given].flat(2).filter((word) => typeof word === 'string')
}

export function textOption(options: Options, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}
