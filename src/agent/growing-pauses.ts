type Bounds = { readonly firstMs: number; readonly longestMs: number }

/** Pauses between tries of the same thing, each twice as long as the one before it. Times are in ms, of any one clock. */
export class GrowingPauses {
  readonly #bounds: Bounds
  readonly #tried = new Map<string, { readonly until: number; readonly pauseMs: number }>()

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** What was never tried is due. */
  isDue(what: string, now: number): boolean {
    return now >= (this.#tried.get(what)?.until ?? -Infinity)
  }

  tried(what: string, now: number): void {
    const { firstMs, longestMs } = this.#bounds
    const before = this.#tried.get(what)?.pauseMs
    const pauseMs = before === undefined ? firstMs : Math.min(2 * before, longestMs)
    this.#tried.set(what, { until: now + pauseMs, pauseMs })
  }
}
