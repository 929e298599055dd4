/**
 * The sign-flip test of paired measurements, exact. Were there no difference, each of them could as well have the other
 * sign: how many of all choices of signs yield a sum as great as the one seen?
 *
 * All of it is in the means of all subsets (Hartigan 1969): flipping a subset makes the sum as great just where the
 * subset's mean is not above the value that is tried. So one sorted list answers for the test and for each interval.
 */
export type SignFlip = {
  /** The middle of all that the measurements allow. */
  readonly centre: number
  /** Two-sided: how often no difference at all would show one as great. */
  readonly p: number
  /** All values that the test does not refuse at that level; without bounds where there are too few measurements. */
  readonly interval: (level: number) => readonly [low: number, high: number]
}

/** Above it the subsets are too many to be worth their time: 65,535. */
export const mostPairs = 16

export function signFlip(values: readonly number[]): SignFlip {
  if (values.length === 0 || values.length > mostPairs) {
    throw new RangeError(`takes 1 to ${mostPairs} values (got ${values.length})`)
  }
  const means = subsetMeans(values)
  const flips = means.length + 1
  const notAbove = countUntil(means, (mean) => mean <= 0)
  const below = countUntil(means, (mean) => mean < 0)
  const middle = means.length >> 1
  return {
    centre: means[middle] ?? 0,
    // With all of them zero each sum is as great as the one seen.
    p: Math.min(1, (2 * (1 + Math.min(notAbove, means.length - below))) / flips),
    interval: (level) => {
      // As many at each end are refused: those whose own p is at most the level.
      const refused = Math.floor((level / 2) * flips)
      if (refused === 0) return [-Infinity, Infinity]
      return [means[refused - 1] ?? -Infinity, means[means.length - refused] ?? Infinity]
    },
  }
}

function subsetMeans(values: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** values.length)
  const sizes = new Uint8Array(sums.length)
  for (const [place, value] of values.entries()) {
    const half = 2 ** place
    for (let subset = 0; subset < half; subset++) {
      sums[half + subset] = (sums[subset] ?? 0) + value
      sizes[half + subset] = (sizes[subset] ?? 0) + 1
    }
  }
  return sums
    .map((sum, subset) => sum / (sizes[subset] ?? 1))
    .subarray(1)
    .toSorted()
}

/** How many from the beginning of a sorted list. */
function countUntil(sorted: Float64Array, holds: (value: number) => boolean): number {
  const end = sorted.findIndex((value) => !holds(value))
  return end === -1 ? sorted.length : end
}

/**
 * Holm's correction: with many questions at once, one of them looks like a difference by chance. Keeps the order of what
 * is given.
 */
export function holm(ps: readonly number[]): readonly number[] {
  const order = ps.map((p, place) => ({ p, place })).toSorted((a, b) => a.p - b.p)
  const corrected: number[] = []
  let before = 0
  for (const [rank, { p, place }] of order.entries()) {
    before = Math.max(before, Math.min(1, p * (ps.length - rank)))
    corrected[place] = before
  }
  return corrected
}
