import type { Paint } from './target.ts'
import type { World } from './world.ts'

/** What is asked about, and what a script writes instead of the answer. */
export type Question = { readonly where: string; readonly message: string; readonly inScripts: string }

export type Column = {
  readonly name: string
  /** One for each line. */
  readonly cells: readonly string[]
  /** Numbers end under each other. */
  readonly right?: boolean
  readonly paint?: (text: string) => string
}

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
  /** Cells under each other, without heads. */
  readonly columns: (columns: readonly Column[], leastNeeded: readonly string[]) => void
  /** Asks for a yes. Throws OperatorError (exit 2) where nobody can answer. */
  readonly agreed: (world: World, question: Question) => Promise<boolean>
  /** Runs one piece of work under a line of its own; `detail` makes the text of its end, `isGood` chooses the sign. */
  readonly during: <Result>(
    name: string,
    work: (task: { readonly say: (progress: string) => void }) => Promise<Result>,
    detail: (result: Result) => string,
    isGood?: (result: Result) => boolean,
  ) => Promise<Result>
}
