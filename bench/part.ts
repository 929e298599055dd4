import type { Result } from './result.ts'

/** What a measurement is given: where its figures and its progress go, and whether it is to stop. */
export type Bench = {
  readonly found: (result: Result) => void
  readonly say: (progress: string) => void
  readonly signal: AbortSignal
}

/** Figures that are measured together; one that fails takes no other part's figures with it. */
export type Part = { readonly name: string; readonly measure: (bench: Bench) => Promise<void> }

export type Room = {
  /** Whether the engines' packages have to be there. */
  readonly needsEngines: boolean
  readonly load: () => Promise<{ readonly parts: readonly Part[] }>
}

/** Runs rounds one after the other; the first of `warmUp` count for nothing. */
export async function inRounds(
  { say, signal }: Bench,
  count: number,
  round: (counts: boolean) => Promise<void>,
  warmUp = 0,
): Promise<void> {
  for (let done = 0; done < count + warmUp; done += 1) {
    signal.throwIfAborted()
    say(`round ${done + 1} of ${count + warmUp}`)
    await round(done >= warmUp)
  }
}
