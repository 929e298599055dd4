/** Which signs a path may have that programs read in their own configurations, each with other quotes. */
export const plainSigns = 'letters, digits and . _ + @ ~ -'

/** The first sign of a path that one of them would stumble over. */
export const oddSignIn = (path: string): string | undefined => /[^\p{Letter}\p{Number}/._+@~-]/u.exec(path)?.[0]

/** A path as one word of a command that somebody copies into a shell. */
export const inShell = (path: string): string =>
  oddSignIn(path) === undefined ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
