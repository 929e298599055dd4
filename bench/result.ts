/** One speed: its samples in the order in which they were taken, and whether their median meets the goal. */
export type Result = {
  readonly name: string
  /** The median of the samples. */
  readonly value: number
  readonly unit: string
  /** `≤ 2`, `≥ 0.8`. */
  readonly goal: string
  readonly met: boolean
  readonly samples: readonly number[]
}

type Goal = { readonly atMost: number } | { readonly atLeast: number }

export function result(name: string, unit: string, goal: Goal, samples: readonly number[]): Result {
  const value = median(samples)
  const met = 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
  const text = 'atMost' in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`
  return { name, value, unit, goal: text, met, samples }
}

/** A list of samples that none has been taken for yet. */
export const noSamples = (): number[] => []

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [below, above] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  if (below === undefined || above === undefined) throw new Error('no samples')
  return (below + above) / 2
}
