import { meets } from './bound.ts'
import { type Course, whatGotWorse } from './course.ts'
import type { Result } from './result.ts'
import type { Expected } from './thresholds.ts'

type Metric = { values?: Record<string, number> }
/** What k6 hands to handleSummary: every metric. */
export type Summary = { metrics: Record<string, Metric> }

/** Below this share of free processor time the generator, not the site, is what was measured. */
export const leastIdlePercent = 20

/** What is known of a run without its figures. */
export type RunFacts = Pick<
  Result,
  | 'scenario'
  | 'scale'
  | 'open'
  | 'against'
  | 'requestsPerSecond'
  | 'release'
  | 'journeyHash'
  | 'k6'
  | 'versions'
  | 'engines'
  | 'machine'
  | 'startedAt'
  | 'seconds'
  | 'users'
  | 'idlePercent'
  | 'directory'
  | 'interrupted'
> & {
  readonly exitCode: number | null
  readonly releaseAtEnd: string | undefined
  /** Processor time of all that is neither k6 nor an engine, in percent of one processor; undefined for another site. */
  readonly othersPercent: number | undefined
  /** What was seen of its beginning and of its end; absent where there were too few points to say. */
  readonly course?: Course | undefined
  /** All that k6 said of errors. */
  readonly said: string
}

/** Judges a run by what k6 measured. A bound without a single sample is not met: k6 itself would call it met. */
export function judge(summary: Summary | undefined, expected: Expected, run: RunFacts): Result {
  const failures = summary ? [...failuresOf(summary, expected), ...degradation(run)] : []
  const invalid = whyInvalid(summary, run)
  const {
    exitCode: _code,
    said: _said,
    othersPercent: _others,
    releaseAtEnd: _release,
    course: _course,
    ...facts
  } = run
  return {
    ...facts,
    verdict: invalid.length > 0 ? 'invalid' : failures.length > 0 ? 'failed' : 'passed',
    reasons: [
      ...invalid,
      ...(failures.length > 0 ? [...otherSites(run.said), ...failures, ...whatK6Said(run.said)] : []),
    ],
    ...figures(summary, expected),
  }
}

function figures(summary: Summary | undefined, expected: Expected) {
  const value = (metric: string, name: string): number => summary?.metrics[metric]?.values?.[name] ?? 0
  const percentOf = (metric: string): number => 100 * value(metric, 'rate')
  return {
    requests: value('http_reqs', 'count'),
    journeys: {
      completed: value('journeys_completed', 'count'),
      least: expected.journeys,
      successPercent: percentOf('journey_success'),
    },
    responseTime: {
      median: value('response_time', 'med'),
      p95: value('response_time', 'p(95)'),
      p99: value('response_time', 'p(99)'),
    },
    errorPercent: percentOf('http_req_failed'),
    successPercent: percentOf('step_ok'),
    thinkTime: { minimum: value('think_time', 'min'), maximum: value('think_time', 'max') },
    steps: expected.steps.map((name) => ({
      name,
      requests: value(`response_time{step:${name}}`, 'count'),
      median: value(`response_time{step:${name}}`, 'med'),
      p95: value(`response_time{step:${name}}`, 'p(95)'),
      errorPercent: percentOf(`http_req_failed{step:${name}}`),
      successPercent: percentOf(`step_ok{step:${name}}`),
    })),
  }
}

/** k6 is told no bound that it could call crossed: anything but 0 is a run that did not come to its end. */
function whyInvalid(summary: Summary | undefined, run: RunFacts): readonly string[] {
  if (run.interrupted) return [`interrupted after ${run.seconds} s`]
  if (!summary || run.exitCode !== 0) {
    const how = run.exitCode === null ? 'was killed' : `ended with ${run.exitCode}`
    return [`k6 ${how}${summary ? '' : ' and wrote no summary'}: ${lastWords(run.said)}`]
  }
  if (run.releaseAtEnd !== run.release) {
    return [`it began with ${run.release}, and ${run.releaseAtEnd ?? 'nothing'} is live now: whose figures are these?`]
  }
  // By arrivals, k6 lets journeys fall where no user of it is free: the site was asked less than was said.
  const dropped = summary.metrics['dropped_iterations']?.values?.['count'] ?? 0
  if (dropped > 0) return [`k6 let ${dropped} journeys fall that should have begun: it had no user left for them`]
  if (run.scenario === 'soak' && run.scale === 1 && !run.course) {
    return ['k6 recorded too little of its course: whether it got worse, nobody can say']
  }
  if (run.idlePercent >= leastIdlePercent) return []
  const free = Math.round(run.idlePercent)
  const others =
    run.othersPercent === undefined
      ? ''
      : `; what is neither k6 nor an engine of this instance took ${Math.round(run.othersPercent)} % of one`
  return [
    `only ${free} % of the processors were free in the busiest minute (${leastIdlePercent} % at least): this measured a machine without time, not the site${others}`,
  ]
}

/** The soak test alone promises that its end is as its beginning: the others have no time in which nothing changes. */
const degradation = ({ scenario, course }: RunFacts): readonly string[] =>
  scenario === 'soak' && course ? whatGotWorse(course) : []

const lastWords = (said: string): string => said.trim().split('\n').at(-1) || 'it said nothing'

/** Where visitors were led away from the site, as scenarios/journey.ts says it: they do not go there. */
const otherSites = (said: string): readonly string[] => [
  ...new Set(
    [...said.matchAll(/msg="([a-z][a-z0-9-]*: leads to another site, [^"\\]+)"/g)].map(([, words = '']) => words),
  ),
]

/** Why requests failed, as k6 logs it: the most frequent reason, without the address. */
function whatK6Said(said: string): readonly string[] {
  const reasons = [...said.matchAll(/msg="Request Failed" error="((?:[^"\\]|\\.)*)"/g)].map(([, error = '']) =>
    error
      .replaceAll('\\"', '"')
      .replace(/^\w+ "[^"]*": /, '')
      .replaceAll(/\d+\.\d+\.\d+\.\d+:\d+->/g, ''),
  )
  const counts = Object.entries(Object.groupBy(reasons, (reason) => reason))
  const [most] = counts.toSorted(([, one = []], [, other = []]) => other.length - one.length)
  return most ? [`why, by k6, ${most[1]?.length} of ${reasons.length} times: ${most[0]}`] : []
}

type Failure = { metric: string; bound: string; step: string | undefined; atTop: boolean; found: Metric | undefined }

/** The bounds that are not met, in words; in the order in which a visitor meets them, the whole journey last. */
function failuresOf(summary: Summary, expected: Expected): readonly string[] {
  const failures = Object.entries(expected.thresholds).flatMap(([metric, bounds]) =>
    bounds.flatMap((bound): Failure[] => {
      const found = summary.metrics[metric]
      if (found && hasSamples(found) && meets(bound, found.values ?? {})) return []
      const step = /\{step:(.+)\}/.exec(metric)?.[1]
      return [{ metric: metric.replace(/\{.*/, ''), bound, step, atTop: metric.endsWith('{phase:top}'), found }]
    }),
  )
  const about = (step: string | undefined) => failures.filter((failure) => failure.step === step)
  const silent = expected.steps.filter((step) => about(step).some(({ found }) => !found || !hasSamples(found)))
  return [
    ...expected.steps.filter((step) => !silent.includes(step)).flatMap((step) => about(step).map(inWords)),
    // A step that nobody came to misses each of its bounds for the same reason.
    ...(silent.length > 0 ? [`${silent.join(', ')}: no user reached it`] : []),
    ...about(undefined).map(inWords),
  ]
}

function hasSamples({ values = {} }: Metric): boolean {
  // Rates count what passed and what failed; trends and counters have a count.
  return (values['count'] ?? 0) + (values['passes'] ?? 0) + (values['fails'] ?? 0) > 0
}

function inWords({ metric, bound, step, atTop, found }: Failure): string {
  const where = step === undefined ? (atTop ? 'with all users there: ' : '') : `${step}: `
  if (!found || !hasSamples(found)) return `${where}${never[metric] ?? `${metric} was never measured`}`
  const value = (name: string): number => found.values?.[name] ?? 0
  const percent = `${oneDecimal(100 * value('rate'))} %`
  const limit = Number(/[\d.]+$/.exec(bound)?.[0])
  switch (metric) {
    case 'response_time': {
      if (bound.startsWith('count')) return `${where}${value('count')} requests (must be ≥ ${limit})`
      const [share, of] = bound.startsWith('p(95)') ? [95, 'p(95)'] : [99, 'p(99)']
      return `${where}${share} of 100 requests took up to ${Math.round(value(of))} ms (must be < ${limit} ms)`
    }
    case 'http_req_failed':
      return `${where}${percent} of the requests failed (must be < ${oneDecimal(100 * limit)} %)`
    case 'step_ok':
      return `${where}${percent} of the answers were right (must be > ${oneDecimal(100 * limit)} %)`
    case 'journeys_completed':
      return `${value('count')} whole journeys (must be ≥ ${limit})`
    case 'journey_success':
      return `${percent} of the journeys came to their end (must be > ${oneDecimal(100 * limit)} %)`
    case 'think_time':
      return bound.startsWith('min')
        ? `the shortest think time was ${Math.round(value('min'))} ms (must be ≥ ${limit} ms)`
        : `the longest think time was ${Math.round(value('max'))} ms (must be ≤ ${limit} ms)`
    default:
      return `${where}${metric} is not ${bound}`
  }
}

const never: Readonly<Record<string, string>> = {
  response_time: 'no answer was timed',
  http_req_failed: 'no request was made',
  step_ok: 'no answer came',
  journeys_completed: 'no journey came to its end',
  journey_success: 'no journey was begun',
  think_time: 'no user paused between steps',
}

const oneDecimal = (value: number): number => Math.round(value * 10) / 10
