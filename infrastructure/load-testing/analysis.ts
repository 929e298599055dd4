import { showBound } from '../../src/core/guarantee.ts'
import { magnitude } from '../../src/core/units.ts'
import { secondsBeyond } from './beyond.ts'
import { beginningAndEnd, courseOf } from './course.ts'
import { loadTesting } from './guarantees.ts'
import { leastIdlePercent } from './judge.ts'
import { ms, percent } from './figures.ts'
import { isWhole, type Result, trialInWords } from './result.ts'
import { extentOf } from './scenarios/stages.ts'
import { firstSustained } from './timeline.ts'
import type { SeenSecond } from './watch.ts'

/** One of the document's three metrics: what was seen, what is promised, and what that means. */
export type Finding = {
  readonly metric: string
  readonly seen: string
  readonly bound: string
  readonly good: boolean
  readonly says: string
}

/** One reason to believe the figures, or not to. */
export type TrustCheck = { readonly says: string; readonly seen: string; readonly good: boolean }

export const metricNames = ['Response time', 'Error rate', 'Success rate'] as const

/** The analysis that the document asks for: response time, error rate, success rate. */
export function analyse(result: Result, timeline: readonly SeenSecond[]): readonly Finding[] {
  return [responseTime(result, timeline), errorRate(result, timeline), successRate(result)]
}

function responseTime(result: Result, timeline: readonly SeenSecond[]): Finding {
  const bound = magnitude(loadTesting.responseTime.below)
  const tailBound = magnitude(loadTesting.tailLatency.below)
  const { median, p95, p99 } = result.responseTime
  const [slowest] = result.steps.toSorted((a, b) => b.p95 - a.p95)
  const beyond = (second: SeenSecond) => (second.p95 === null ? undefined : second.p95 >= bound)
  const slow = firstSustained(timeline, beyond)
  const busy = firstSustained(timeline, ({ idlePercent }) => idlePercent < leastIdlePercent)
  const course = result.scenario === 'soak' ? courseOf('soak', result.scale, timeline) : undefined
  return {
    metric: metricNames[0],
    seen: `p95 ${ms(p95)}, p99 ${ms(p99)}`,
    bound: `p95 ${showBound(loadTesting.responseTime)}, p99 ${showBound(loadTesting.tailLatency)}`,
    good: result.requests > 0 && p95 < bound && p99 < tailBound && (slowest?.p95 ?? 0) < bound,
    says: [
      `Half of the answers took up to ${ms(median)}.`,
      slowest ? `The slowest step is ${slowest.name} with a p95 of ${ms(slowest.p95)}.` : '',
      slow
        ? `Beyond its bound for five seconds on end first at ${Math.round(slow.seconds)} s, with ${slow.users} users${precedes(busy, slow)}.`
        : secondsBeyond(timeline),
      ...(course ? [`p95 was ${beginningAndEnd(course.p95)}.`] : []),
    ].join(' '),
  }
}

/** What came before is named; whether it was the cause, a chart cannot say. */
function precedes(busy: SeenSecond | undefined, slow: SeenSecond): string {
  if (!busy) return '; the processors had time left throughout'
  return busy.seconds <= slow.seconds
    ? `; the processors were busy from ${Math.round(busy.seconds)} s on, which precedes it`
    : `; the processors were busy only later, from ${Math.round(busy.seconds)} s on`
}

function errorRate(result: Result, timeline: readonly SeenSecond[]): Finding {
  const bound = magnitude(loadTesting.errorRate.below)
  const worst = result.steps.toSorted((a, b) => b.errorPercent - a.errorPercent)[0]
  const first = timeline.find(({ failedPercent }) => (failedPercent ?? 0) > 0)
  return {
    metric: metricNames[1],
    seen: `${percent(result.errorPercent)} of ${result.requests} requests`,
    bound: showBound(loadTesting.errorRate),
    good: result.requests > 0 && result.errorPercent < bound,
    says:
      worst && worst.errorPercent > 0
        ? `Most of them in the step ${worst.name}: ${percent(worst.errorPercent)}.${first ? ` The first at ${Math.round(first.seconds)} s.` : ''}`
        : result.requests > 0
          ? 'No request failed or was answered with another status than the right one.'
          : 'Nothing was asked.',
  }
}

function successRate(result: Result): Finding {
  const bound = magnitude(loadTesting.successRate.above)
  const wrong = result.steps.find(({ successPercent }) => successPercent < 100)
  const { completed, successPercent } = result.journeys
  return {
    metric: metricNames[2],
    seen: `${percent(result.successPercent)} of the answers, ${percent(successPercent)} of the journeys`,
    bound: showBound(loadTesting.successRate),
    good: result.requests > 0 && Math.min(result.successPercent, successPercent) > bound,
    says: wrong
      ? `The first step with wrong answers is ${wrong.name}: ${percent(wrong.successPercent)} were right.`
      : `${completed} visitors came through the whole journey, and each answer held what was asked for.`,
  }
}

/** Why the figures can be believed: each of these has been the reason for a green report on a dead site somewhere. */
export function trustChecks(result: Result): readonly TrustCheck[] {
  const { journeys, thinkTime, steps } = result
  const [shortest, longest] = loadTesting.thinkTime.between.map(magnitude)
  const silent = steps.filter(({ requests }) => requests === 0).map(({ name }) => name)
  return [
    {
      says: "the document's own scenario: its length, its users",
      seen: trialInWords(result) ?? `${extentOf(result.scenario).seconds} s and the end of journeys`,
      good: isWhole(result) && !result.interrupted,
    },
    {
      says: 'someone came to every step',
      seen: silent.length === 0 ? `${steps.length} of ${steps.length}` : `none for ${silent.join(', ')}`,
      good: silent.length === 0,
    },
    {
      says: `whole journeys, ${journeys.least} at least`,
      seen: String(journeys.completed),
      good: journeys.completed >= journeys.least,
    },
    {
      says: `visitors paused as people do, ${showBound(loadTesting.thinkTime)}`,
      seen: `${ms(thinkTime.minimum)} to ${ms(thinkTime.maximum)}`,
      good: thinkTime.minimum >= (shortest ?? 0) && thinkTime.maximum <= (longest ?? 0),
    },
    {
      says: `processors free in the busiest minute, ${leastIdlePercent} % at least`,
      seen: percent(result.idlePercent),
      good: result.idlePercent >= leastIdlePercent,
    },
  ]
}
