import { holm, mostPairs, signFlip } from './sign-flip.ts'
import type { Pair, Run } from './pairs.ts'
import type { Chosen } from './sides.ts'

/** A step that became slower by less than this is not called regressed, however sure it is. */
const budget = 1.05
/** A comparison that cannot exclude a slow-down as great as this has not passed. */
const mustSee = 1.1
const level = 0.05
/** Nine times in ten: the quantile of the normal distribution at 90 %. */
const oftenEnough = 1.2816
/** Below it no measurement is precise enough for a ratio: k6 itself rounds to microseconds. */
const leastMs = 0.001

export type StepComparison = {
  readonly step: string
  /** p95 of the candidate over that of the base: 1.1 is a tenth slower. */
  readonly ratio: number
  /** 95 % interval of the ratio; null where there are too few pairs for a bound. */
  readonly interval: readonly [low: number | null, high: number | null]
  /** Of the sign-flip test, and with Holm's correction for all steps. */
  readonly p: number
  readonly corrected: number
  /** The smallest slow-down that would be found nine times in ten; null where none would. */
  readonly couldSee: number | null
  readonly verdict: Verdict
}
type Verdict = 'pass' | 'regressed' | 'inconclusive'

export type Comparison = {
  readonly verdict: Verdict
  readonly says: string
  readonly pairs: number
  readonly steps: readonly StepComparison[]
}

/**
 * Compares by pairs: the run is the unit, as the requests of one run are not independent of each other. A candidate of
 * which a run failed has not passed, however fast it answered: with errors nothing is faster.
 */
export function compare({ pairs: all, failed }: Pick<Chosen, 'pairs' | 'failed'>): Comparison {
  const pairs = all.slice(-mostPairs)
  const names = pairs[0] ? pairs[0].base.steps.map(({ name }) => name) : []
  const measured = names.flatMap((step) => {
    const ratios = pairs.flatMap((pair) => logRatio(pair, step) ?? [])
    // A step that some run did not reach has no ratio there: what is left would be another comparison for each step.
    return ratios.length === pairs.length && ratios.length > 0 ? [{ step, ratios, test: signFlip(ratios) }] : []
  })
  const corrected = holm(measured.map(({ test }) => test.p))
  const steps = measured.map(({ step, ratios, test }, place): StepComparison => {
    const [low, high] = test.interval(level)
    const found = { step, ratio: Math.exp(test.centre), p: test.p, corrected: corrected[place] ?? 1 }
    const isSure = found.corrected <= level && low > 0
    return {
      ...found,
      interval: [finite(Math.exp(low)), finite(Math.exp(high))],
      couldSee: couldSee(ratios, test.interval(level / measured.length), test.centre),
      verdict: isSure && found.ratio > budget ? 'regressed' : Math.exp(high) < mustSee ? 'pass' : 'inconclusive',
    }
  })
  return { ...withFailed(inWords(steps, names, pairs.length), failed), pairs: pairs.length, steps }
}

function withFailed(found: Pick<Comparison, 'verdict' | 'says'>, failed: readonly Run[]) {
  const [newest] = failed
  if (!newest) return found
  const runs = `${failed.length} ${failed.length === 1 ? 'run' : 'runs'} of the candidate failed: ${newest.reasons[0] ?? newest.startedAt}`
  return { verdict: 'regressed', says: found.verdict === 'regressed' ? `${runs}; ${found.says}` : runs } as const
}

function logRatio({ base, candidate }: Pair, step: string): number | undefined {
  const [before, after] = [p95Of(base, step), p95Of(candidate, step)]
  return before === undefined || after === undefined ? undefined : Math.log(after / before)
}

function p95Of({ steps }: Run, step: string): number | undefined {
  const found = steps.find(({ name }) => name === step)
  return found && found.requests > 0 ? Math.max(found.p95, leastMs) : undefined
}

/** At the level that Holm asks of the first: half of that interval, and what chance takes away once in ten times. */
function couldSee(ratios: readonly number[], [low]: readonly [number, number], centre: number): number | null {
  if (!Number.isFinite(low)) return null
  const mean = ratios.reduce((sum, each) => sum + each, 0) / ratios.length
  const variance = ratios.reduce((sum, each) => sum + (each - mean) ** 2, 0) / Math.max(1, ratios.length - 1)
  const least = centre - low + oftenEnough * Math.sqrt(variance / ratios.length)
  return Math.max(budget, Math.exp(least))
}

const finite = (value: number): number | null => (Number.isFinite(value) && value > 0 ? value : null)

function inWords(
  steps: readonly StepComparison[],
  names: readonly string[],
  pairs: number,
): Pick<Comparison, 'verdict' | 'says'> {
  const regressed = steps.filter(({ verdict }) => verdict === 'regressed')
  const open = steps.filter(({ verdict }) => verdict === 'inconclusive')
  const missing = names.filter((name) => !steps.some(({ step }) => step === name))
  if (regressed.length > 0) {
    const words = regressed.map(({ step, ratio, interval }) => `${step} ${change(ratio)} (${range(interval)})`)
    return { verdict: 'regressed', says: `slower: ${words.join('; ')}` } as const
  }
  if (steps.length === 0 || missing.length > 0) {
    const which = missing.length > 0 ? missing.join(', ') : 'any step'
    return { verdict: 'inconclusive', says: `not every run reached ${which}` } as const
  }
  if (open.length === 0) return { verdict: 'pass', says: `no step is slower by ${change(mustSee)} or more` } as const
  const seen = steps.map((step) => step.couldSee)
  const smallest = seen.every((each) => each !== null) ? change(Math.max(...seen)) : undefined
  const why =
    smallest === undefined
      ? `${pairs} pairs can see no change at all: ${leastPairs(steps.length)} at least`
      : `the smallest slow-down that ${pairs} pairs could have seen in every step is ${smallest}`
  return { verdict: 'inconclusive', says: `${open.map(({ step }) => step).join(', ')}: ${why}` } as const
}

/** With fewer of them chance alone yields whatever is seen, in one of so many steps. */
export const leastPairs = (steps: number): number => Math.ceil(Math.log2((2 * steps) / level))

/** `+12.4 %` of a ratio. */
export const change = (ratio: number): string => {
  const percent = Math.round((ratio - 1) * 1000) / 10
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)} %`
}

export const range = ([low, high]: StepComparison['interval']): string =>
  `${low === null ? 'no bound' : change(low)} to ${high === null ? 'no bound' : change(high)}`
