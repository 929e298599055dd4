import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { k6Summary } from '../infrastructure/load-testing/proofs/k6-summary.ts'
import { extentOf } from '../infrastructure/load-testing/scenarios/stages.ts'
import { loadTestingSettings } from '../infrastructure/load-testing/settings.ts'
import { expectedOf } from '../infrastructure/load-testing/thresholds.ts'
import { k6Files } from '../src/engines/k6.ts'

const { journey } = loadTestingSettings.parse({})
/** What is promised of the run. */
export const expected = expectedOf('stress', { journey, think: { minimumMs: 1000, maximumMs: 5000 }, scale: 1 })

const requests = 1_000_000
/** As many points as edge lets k6 record of any run. */
const points = 600

/** In the order in which k6 has the values of each; the times of a request are of one kind. */
const trend = ['avg', 'max', 'med', 'min', 'p(90)', 'p(95)', 'p(99)'] as const
const aggregates = { counter: ['count', 'rate'], gauge: ['value'], rate: ['rate'], trend }

const times = ['blocked', 'connecting', 'duration', 'receiving', 'sending', 'tls_handshaking', 'waiting']
const metrics: Readonly<Record<string, keyof typeof aggregates>> = {
  ...Object.fromEntries(times.map((name) => [`http_req_${name}`, 'trend' as const])),
  data_received: 'counter',
  data_sent: 'counter',
  http_req_failed: 'rate',
  http_reqs: 'counter',
  iteration_duration: 'trend',
  iterations: 'counter',
  journey_success: 'rate',
  journeys_completed: 'counter',
  response_time: 'trend',
  step_ok: 'rate',
  think_time: 'trend',
  time: 'gauge',
  vus: 'gauge',
  vus_max: 'gauge',
}
const names = Object.keys(metrics).toSorted()

/** Writes what k6 leaves of a run with a million requests: what its dashboard records, and the summary. */
export async function writeMillionRequests(directory: string): Promise<void> {
  const { seconds, users } = extentOf('stress')
  const each = seconds / points
  const begun = Date.parse('2026-01-01T00:00:00.000Z')
  const lines = [
    line('param', {
      thresholds: {},
      scenarios: ['stress'],
      endOffset: seconds * 1000,
      period: each * 1000,
      aggregates,
    }),
    line('start', [[begun]]),
    line('metric', Object.fromEntries(Object.entries(metrics).map(([name, type]) => [name, { type }]))),
  ]
  for (let point = 0; point < points; point += 1) {
    const taken = Array.from({ length: Math.round(requests / points) }, () => 2 + 400 * Math.random() ** 8)
    const values = valuesOf(taken, {
      time: begun + (point + 1) * each * 1000,
      users: Math.round((users * point) / points),
    })
    // As k6 does: what was since the last point, and what was since the beginning.
    lines.push(line('snapshot', values), line('cumulative', values))
  }
  await writeFile(join(directory, k6Files.recording), lines.join(''))
  const summary = k6Summary(expected, {})
  const metricsOfAll = { ...summary.metrics, http_reqs: { values: { count: requests } } }
  await writeFile(join(directory, 'summary.json'), JSON.stringify({ metrics: metricsOfAll }))
}

const line = (event: string, data: unknown): string => `${JSON.stringify({ event, data })}\n`

function valuesOf(taken: readonly number[], { time, users }: { readonly time: number; readonly users: number }) {
  const sorted = taken.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  const ofTrend = [at(0.6), at(1), at(0.5), at(0), at(0.9), at(0.95), at(0.99)]
  const count = taken.length
  const known: Readonly<Record<string, readonly number[]>> = { time: [time], http_req_failed: [0] }
  const ofKind = { counter: [count, count / 3.2], gauge: [users], rate: [1], trend: ofTrend }
  return names.map((name) => known[name] ?? ofKind[metrics[name] ?? 'gauge'])
}
