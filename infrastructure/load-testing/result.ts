import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Expected } from './thresholds.ts'
import type { ScenarioName } from './scenarios/stages.ts'

/** One run and what became of it; `result.json` of its folder. Times are in ms, rates run from 0 to 100. */
export type Result = {
  readonly scenario: ScenarioName
  readonly verdict: 'passed' | 'failed' | 'invalid'
  /** Why it is not passed, worst first; each names the step that it is about, where it is about one. */
  readonly reasons: readonly string[]
  readonly scale: number
  /** The release that was live. */
  readonly release: string
  readonly startedAt: string
  readonly seconds: number
  readonly users: number
  readonly requests: number
  readonly journeys: { readonly completed: number; readonly least: number; readonly successPercent: number }
  readonly responseTime: { readonly median: number; readonly p95: number; readonly p99: number }
  readonly errorPercent: number
  readonly successPercent: number
  readonly thinkTime: { readonly minimum: number; readonly maximum: number }
  /** Processor time that was free on the machine while the run went on; below 20 % the figures are those of the generator. */
  readonly idlePercent: number
  readonly steps: readonly {
    readonly name: string
    readonly requests: number
    readonly p95: number
    readonly successPercent: number
  }[]
  /** The run's folder. */
  readonly directory: string
}

type Metric = { values?: Record<string, number>; thresholds?: Record<string, { ok: boolean }> }
export type Summary = { metrics: Record<string, Metric> }

/** Below this share of free processor time the generator, not the site, is what was measured (load-testing.md). */
const leastIdlePercent = 20

/** Judges a run by what k6 measured. A bound without a single sample is not met: k6 itself would call it met. */
export function judge(
  summary: Summary | undefined,
  expected: Expected,
  steps: readonly string[],
  run: Pick<
    Result,
    'scenario' | 'scale' | 'release' | 'startedAt' | 'seconds' | 'users' | 'idlePercent' | 'directory'
  > & {
    readonly exitCode: number | null
  },
): Result {
  const value = (metric: string, name: string): number => summary?.metrics[metric]?.values?.[name] ?? 0
  const percentOf = (metric: string): number => 100 * value(metric, 'rate')
  const failures = failuresOf(summary, expected, steps)
  const { exitCode, ...rest } = run
  const invalid = [
    ...(summary ? [] : [`k6 ended with ${exitCode} and wrote no summary: its log is in ${run.directory}`]),
    ...(run.idlePercent < leastIdlePercent
      ? [`only ${Math.round(run.idlePercent)} % of the processors were free: this measured the load generator`]
      : []),
  ]
  const verdict =
    !summary || (invalid.length > 0 && failures.length === 0) ? 'invalid' : failures.length > 0 ? 'failed' : 'passed'
  return {
    ...rest,
    verdict,
    reasons: [...failures, ...invalid],
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
    steps: steps.map((name) => ({
      name,
      requests: value(`step_requests{step:${name}}`, 'count'),
      p95: value(`response_time{step:${name}}`, 'p(95)'),
      successPercent: percentOf(`step_ok{step:${name}}`),
    })),
  }
}

/** The bounds that are not met, in words; the first step that went wrong comes first. */
function failuresOf(summary: Summary | undefined, expected: Expected, steps: readonly string[]): readonly string[] {
  if (!summary) return []
  const broken = Object.entries(expected.thresholds).flatMap(([metric, bounds]) =>
    bounds.flatMap((bound) => {
      const found = summary.metrics[metric]
      const ok = found?.thresholds?.[bound]?.ok === true && hasSamples(found)
      return ok ? [] : [{ metric, bound, step: /\{step:(.+)\}/.exec(metric)?.[1], found }]
    }),
  )
  const order = (step: string | undefined): number => (step === undefined ? steps.length : steps.indexOf(step))
  return broken
    .toSorted((a, b) => order(a.step) - order(b.step))
    .map(({ metric, bound, step, found }) => describeFailure(metric.replace(/\{.*/, ''), bound, step, found))
}

function hasSamples({ values = {} }: Metric): boolean {
  // Rates count what passed and what failed; trends and counters have a count.
  return (values['count'] ?? 0) + (values['passes'] ?? 0) + (values['fails'] ?? 0) > 0
}

function describeFailure(metric: string, bound: string, step: string | undefined, found: Metric | undefined): string {
  const where = step === undefined ? '' : `${step}: `
  const values = found?.values ?? {}
  const number = (name: string): string => String(Math.round((values[name] ?? 0) * 10) / 10)
  const percent = `${Math.round((values['rate'] ?? 0) * 1000) / 10} %`
  switch (metric) {
    case 'response_time':
      return bound.startsWith('p(95)')
        ? `${where}95 of 100 requests took up to ${number('p(95)')} ms (must be ${bound.slice(5)} ms)`
        : `${where}99 of 100 requests took up to ${number('p(99)')} ms (must be ${bound.slice(5)} ms)`
    case 'step_ok':
      return `${where}${percent} of its answers were right (must be above ${bound.slice(5)} of 1)`
    case 'step_requests':
      return `${where}${number('count')} requests (must be ${bound.slice(7)} at least)`
    case 'journeys_completed':
      return `${number('count')} whole journeys (must be ${bound.slice(7)} at least)`
    case 'journey_success':
      return `${percent} of the journeys came to their end (must be above ${bound.slice(5)} of 1)`
    case 'http_req_failed':
      return `${percent} of the requests failed (must be below ${bound.slice(5)} of 1)`
    default:
      return `${where}${metric} is not ${bound}`
  }
}

/** Every result below a folder of runs, newest first. */
export async function resultsIn(folder: string): Promise<readonly Result[]> {
  const names = (await readdir(folder).catch(() => [])).toSorted().toReversed()
  const results = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name, 'result.json'), 'utf8').catch(() => undefined)
      // Written by runScenario() and by nothing else, as a whole.
      return text === undefined ? [] : [JSON.parse(text) as Result]
    }),
  )
  return results.flat()
}
