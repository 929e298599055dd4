import { expect, it } from 'vitest'
import { condensed, firstSustained } from './timeline.ts'
import type { SeenSecond } from './watch.ts'

const second = (seconds: number, p95: number | null = 10): SeenSecond => ({
  seconds,
  users: 1,
  requestsPerSecond: 4,
  median: p95,
  p95,
  p99: p95,
  failedPercent: 0,
  idlePercent: 90,
})
const run = (length: number, p95: (at: number) => number | null = () => 10) =>
  Array.from({ length }, (_, at) => second(at, p95(at)))

it('keeps a peak when it draws a long run with fewer points', () => {
  const points = condensed(run(4200, (at) => (at === 2000 ? 900 : 10)))
  expect(points.length).toBeLessThanOrEqual(240)
  expect(points.filter(({ p95 }) => p95 === 900)).toHaveLength(1)
})

it('leaves a short run as it is', () => {
  expect(condensed(run(60))).toHaveLength(60)
})

it('says when something began that lasted, and not a single second of it', () => {
  const slow = (at: number) => (at === 3 || at >= 20 ? 900 : 10)
  expect(firstSustained(run(40, slow), ({ p95 }) => (p95 ?? 0) > 500)?.seconds).toBe(20)
  expect(firstSustained(run(10, slow), ({ p95 }) => (p95 ?? 0) > 500)).toBeUndefined()
})
