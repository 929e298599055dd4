import { expect, it } from 'vitest'
import { condensed, firstSustained } from './timeline.ts'
import { quietSecond } from './proofs/test-result.ts'
import type { SeenSecond } from './watch.ts'

const second = (seconds: number, p95: number | null): SeenSecond => ({ ...quietSecond, seconds, p95 })
const run = (length: number, p95: (at: number) => number | null = () => 10) =>
  Array.from({ length }, (_, at) => second(at, p95(at)))

it('keeps a peak when it draws a long run with fewer points', () => {
  const points = condensed(run(4200, (at) => (at === 2000 ? 900 : 10)))
  expect(points.length).toBeLessThanOrEqual(240)
  expect(points.filter(({ p95 }) => p95 === 900)).toHaveLength(1)
})

it('keeps the worst of the replica, of the connections, of the cache and of the memory', () => {
  const figures = (at: number) => ({
    behindMs: at,
    connections: { open: at % 18 === 5 ? 90 : 30, most: 500 },
    hitPercent: 100 - at / 100,
    memory: { api1: at },
  })
  const points = condensed(run(4200).map((one, at) => ({ ...one, ...figures(at) })))
  expect(points.at(-1)).toMatchObject({
    behindMs: 4199,
    connections: { open: 90, most: 500 },
    hitPercent: 100 - 41.99,
    memory: { api1: 4199 },
  })
  expect(condensed(run(4200)).at(-1)).toMatchObject({ behindMs: undefined, hitPercent: undefined })
})

it('leaves a short run as it is', () => {
  expect(condensed(run(60))).toHaveLength(60)
})

it('says when something began that lasted, and not a single second of it', () => {
  const slow = (at: number) => (at === 3 || at >= 20 ? 900 : 10)
  expect(firstSustained(run(40, slow), ({ p95 }) => (p95 ?? 0) > 500)?.seconds).toBe(20)
  expect(firstSustained(run(10, slow), ({ p95 }) => (p95 ?? 0) > 500)).toBeUndefined()
})

it('takes a second in which nobody asked for no end of it', () => {
  const slow = (at: number) => (at % 3 === 0 ? 900 : null)
  const beyond = ({ p95 }: SeenSecond) => (p95 === null ? undefined : p95 > 500)
  expect(firstSustained(run(40, slow), beyond)?.seconds).toBe(0)
})
