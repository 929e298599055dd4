import { magnitude } from '../../src/core/units.ts'
import { percent } from './figures.ts'
import { loadTesting } from './guarantees.ts'
import { type ScenarioName, topOf } from './scenarios/stages.ts'
import type { SeenSecond } from './watch.ts'

/** What a site answered while all users were there, in the first and in the last tenth of that time. */
export type Course = {
  /** The p95 of half of the points was better, in ms. */
  readonly p95: { readonly first: number; readonly last: number }
  /** Of the requests, in percent. */
  readonly failed: { readonly first: number; readonly last: number }
}

/** Fewer points say little about a tenth. */
const leastOfTenth = 3
/**
 * A site has got worse whose answers take so many times as long, and so much longer, in ms. The tenths of a good run of five
 * minutes differed by 1.6 times, between 17 and 27 ms: a bound of either alone would be crossed by noise.
 */
const worse = { times: 2, by: 50 } as const

/** Undefined where there are too few points to say, as in a short trial. */
export function courseOf(scenario: ScenarioName, scale: number, timeline: readonly SeenSecond[]): Course | undefined {
  const top = topOf(scenario, scale)
  if (!top) return undefined
  const there = timeline.filter(({ seconds, p95 }) => seconds > top.from && seconds <= top.to && p95 !== null)
  const size = Math.floor(there.length / 10)
  if (size < leastOfTenth) return undefined
  const [first, last] = [there.slice(0, size), there.slice(-size)]
  return {
    p95: { first: median(first.flatMap(({ p95 }) => p95 ?? [])), last: median(last.flatMap(({ p95 }) => p95 ?? [])) },
    failed: { first: failedOf(first), last: failedOf(last) },
  }
}

/** What got worse, in words. Errors of the end alone are diluted by an hour without any. */
export function whatGotWorse({ p95, failed }: Course): readonly string[] {
  const bound = magnitude(loadTesting.errorRate.below)
  return [
    ...(p95.last >= worse.times * p95.first && p95.last - p95.first >= worse.by
      ? [`it got slower: p95 ${beginningAndEnd(p95)} (must be less than ${worse.times} times as long)`]
      : []),
    ...(failed.last >= bound && failed.last > failed.first
      ? [`it got worse: ${percent(failed.last)} of the requests of its last tenth failed (must be < ${bound} %)`]
      : []),
  ]
}

/** `20 ms in the first tenth of the time with all users, 22 ms in the last` */
export const beginningAndEnd = ({ first, last }: Course['p95']): string =>
  `${Math.round(first)} ms in the first tenth of the time with all users, ${Math.round(last)} ms in the last`

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

function failedOf(part: readonly SeenSecond[]): number {
  const asked = part.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0)
  const failed = part.reduce(
    (sum, { requestsPerSecond, failedPercent }) => sum + requestsPerSecond * (failedPercent ?? 0),
    0,
  )
  return asked === 0 ? 0 : failed / asked
}
