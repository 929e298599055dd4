import type { Summary } from '../judge.ts'
import type { Expected } from '../thresholds.ts'

type Values = Readonly<Record<string, number>>

/** What k6 writes of a metric of each kind where all is well. */
const well: Readonly<Record<string, Values>> = {
  response_time: { min: 1, med: 5, 'p(95)': 20, 'p(99)': 90, max: 100, count: 60_000 },
  think_time: { min: 1001, med: 3000, max: 4900, count: 500 },
  http_req_failed: { rate: 0, passes: 0, fails: 500 },
  step_ok: { rate: 1, passes: 500, fails: 0 },
  journey_success: { rate: 1, passes: 50, fails: 0 },
  journeys_completed: { count: 60_000, rate: 1 },
}

/**
 * A summary as k6 hands it to handleSummary.
 * @param seen what differs from a run where all is well, by the metric with its tag; undefined where there was no sample
 */
export function k6Summary(expected: Expected, seen: Readonly<Record<string, Values | undefined>>): Summary {
  const entries = Object.keys(expected.thresholds).map((metric) => {
    const base = well[metric.replace(/\{.*/, '')] ?? {}
    const silent = Object.fromEntries(Object.keys(base).map((name) => [name, 0]))
    return [metric, { values: metric in seen ? (seen[metric] ?? silent) : base }]
  })
  return { metrics: { http_reqs: { values: { count: 500 } }, ...Object.fromEntries(entries) } }
}
