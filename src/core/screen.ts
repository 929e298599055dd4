import type { Paint } from './target.ts'

/** Where a verb shows its work; with `--json` it shows nothing. */
export type Screen = {
  readonly paint: Paint
  readonly line: (text: string) => void
  /** Rows under their heads. Where a terminal is too narrow, columns are left out in the order of `leastNeeded`. */
  readonly rows: (
    heads: readonly string[],
    rows: readonly (readonly string[])[],
    leastNeeded: readonly string[],
  ) => void
  /** Runs one piece of work under a line of its own; `detail` makes the text of its end, `isGood` chooses the sign. */
  readonly during: <Result>(
    name: string,
    work: (task: { readonly say: (progress: string) => void }) => Promise<Result>,
    detail: (result: Result) => string,
    isGood?: (result: Result) => boolean,
  ) => Promise<Result>
}
