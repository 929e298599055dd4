import { expect, it } from 'vitest'
import { Recording } from './recording.ts'

const line = (event: string, data: unknown): string => `${JSON.stringify({ event, data })}\n`
const head =
  line('param', {
    aggregates: { counter: ['count', 'rate'], gauge: ['value'], rate: ['rate'], trend: ['med', 'p(95)', 'p(99)'] },
  }) +
  line('metric', { time: { type: 'gauge' }, vus: { type: 'gauge' } }) +
  line('start', [[1000]])

it('reads the figures of a second by their metrics names', () => {
  const recording = new Recording()
  recording.feed(head + line('metric', { http_reqs: { type: 'counter' }, response_time: { type: 'trend' } }))
  recording.feed(line('snapshot', [[7, 7], [10, 20, 30], [3000], [5]]))
  expect(recording.seconds).toEqual([
    { seconds: 2, users: 5, requestsPerSecond: 7, median: 10, p95: 20, p99: 30, failedPercent: null },
  ])
})

it('waits for the rest of a line that is still being written', () => {
  const recording = new Recording()
  const whole = head + line('snapshot', [[2000], [5]])
  recording.feed(whole.slice(0, -10))
  const before = recording.seconds.length
  recording.feed(whole.slice(-10))
  expect([before, recording.seconds.length]).toEqual([0, 1])
})

it('takes no notice of events that it does not know', () => {
  const recording = new Recording()
  recording.feed(head + line('news', {}) + line('snapshot', 'none'))
  expect(recording.seconds).toEqual([])
})

it('takes the users of the second before where k6 left them out', () => {
  const recording = new Recording()
  recording.feed(head + line('snapshot', [[2000], [5]]) + line('snapshot', [[3000], []]))
  expect(recording.seconds.map(({ users }) => users)).toEqual([5, 5])
})
