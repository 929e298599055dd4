import { magnitude } from '../../src/core/units.ts'
import { loadTesting } from './guarantees.ts'
import { leastIdlePercent } from './judge.ts'
import { firstSustained } from './timeline.ts'
import type { SeenSecond } from './watch.ts'

/** A thread that is busy for so much of the time can do no more. */
const busyThread = 90
/** Of the connections that a pool, or PostgreSQL itself, may have. */
const fullPool = 95
/** An event loop that is so late, in ms, makes each request wait for it that often on its way. */
const lateLoop = 100

/** One resource: whether it was at its end, since when, and what was seen of it. */
type Resource = {
  readonly name: string
  /** Its worst value, in words. */
  readonly worst: string
  /** Seconds from the beginning of the run, where it was at its end for five seconds on end. */
  readonly since: number | undefined
}

export type Saturation = {
  readonly resources: readonly Resource[]
  /** The one that was at its end first. */
  readonly first: Resource | undefined
  /** Since when the response time was beyond its bound. */
  readonly slowSince: number | undefined
  readonly says: string
}

/**
 * What came to its end first, and whether that was before the response time went beyond its bound. It precedes; whether
 * it causes, figures side by side cannot say.
 */
export function saturationOf(timeline: readonly SeenSecond[]): Saturation {
  const slow = firstSustained(timeline, ({ p95 }) => (p95 === null ? undefined : p95 >= bound()))
  const resources = resourcesOf(timeline)
  const ended = resources.filter(({ since }) => since !== undefined)
  const [first] = ended.toSorted((one, other) => (one.since ?? 0) - (other.since ?? 0))
  const slowSince = slow && Math.round(slow.seconds)
  return { resources, first, slowSince, says: inWords(first, slowSince) }
}

const bound = (): number => magnitude(loadTesting.responseTime.below)

function inWords(first: Resource | undefined, slowSince: number | undefined): string {
  if (!first) {
    return slowSince === undefined
      ? 'None seen: no resource came to its end.'
      : `None seen: no resource that is looked at came to its end before the response time did, at ${slowSince} s.`
  }
  const at = `${first.name}, from ${first.since} s on (${first.worst})`
  if (slowSince === undefined) return `${at}. The response time stayed within its bound.`
  return (first.since ?? 0) <= slowSince
    ? `${at}. That precedes the response time, which went beyond its bound at ${slowSince} s.`
    : `${at}. The response time went beyond its bound before, at ${slowSince} s.`
}

function resourcesOf(timeline: readonly SeenSecond[]): readonly Resource[] {
  const threads = [...new Set(timeline.flatMap(({ busiestThread = {} }) => Object.keys(busiestThread)))]
  const loops = [...new Set(timeline.flatMap(({ eventLoops = {} }) => Object.keys(eventLoops)))]
  const hasPool = timeline.some(({ pool }) => pool !== undefined)
  return [
    resource(timeline, 'the processors of the machine', ({ idlePercent }) => 100 - idlePercent, 100 - leastIdlePercent),
    ...threads.map((name) =>
      resource(timeline, `the busiest thread of ${name}`, ({ busiestThread }) => busiestThread?.[name], busyThread),
    ),
    ...loops.map((name) =>
      resource(timeline, `the event loop of ${name}`, ({ eventLoops }) => eventLoops?.[name], lateLoop, 'ms late'),
    ),
    ...(timeline.some(({ longestMs }) => longestMs !== undefined)
      ? [resource(timeline, 'a query of the database', ({ longestMs }) => longestMs, bound(), 'ms under way')]
      : []),
    ...(timeline.some(({ connections }) => connections !== undefined)
      ? [
          resource(
            timeline,
            'the connections of PostgreSQL',
            ({ connections }) => connections && (100 * connections.open) / connections.most,
            fullPool,
          ),
        ]
      : []),
    ...(hasPool
      ? [
          resource(
            timeline,
            'the connections of the pool',
            ({ pool }) => pool && (100 * pool.inUse) / pool.most,
            fullPool,
          ),
          waiters(timeline),
        ]
      : []),
  ].toSorted((one, other) => (one.since ?? Infinity) - (other.since ?? Infinity))
}

function resource(
  timeline: readonly SeenSecond[],
  name: string,
  valueOf: (second: SeenSecond) => number | undefined,
  end: number,
  unit = '%',
): Resource {
  const begun = firstSustained(timeline, (second) => {
    const value = valueOf(second)
    return value === undefined ? undefined : value > end
  })
  const worst = Math.max(0, ...timeline.map((second) => valueOf(second) ?? 0))
  return { name, worst: `up to ${Math.round(worst)} ${unit}`, since: begun && Math.round(begun.seconds) }
}

function waiters(timeline: readonly SeenSecond[]): Resource {
  const begun = firstSustained(timeline, ({ pool }) => (pool === undefined ? undefined : pool.waiting > 0))
  const worst = Math.max(0, ...timeline.map(({ pool }) => pool?.waiting ?? 0))
  return {
    name: 'who waits for a connection of the pool',
    worst: `up to ${worst} at once`,
    since: begun && Math.round(begun.seconds),
  }
}
