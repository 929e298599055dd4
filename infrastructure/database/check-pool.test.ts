import { expect, test } from 'vitest'
import { surplusIdle } from './check-pool.ts'
import { secondsSince } from './pool-console.ts'

const now = new Date('2026-01-01T00:10:00Z')
const server = (database: string, time: string, state = 'idle') => ({
  database,
  user: 'app',
  state,
  request_time: `2026-01-01 ${time} UTC`,
})

test('reads the time as PgBouncer writes it', () => {
  expect(secondsSince('2026-01-01 00:05:00 UTC', now)).toBe(300)
})

test('leaves out the oldest connections, which the minimum keeps', () => {
  const rows = [server('app', '00:00:00'), server('app', '00:00:00'), server('app', '00:09:00')]
  expect(surplusIdle(rows, 2, now)).toEqual([60])
})

test('counts connections at work into the minimum', () => {
  const rows = [server('app', '00:00:00'), server('app', '00:09:00'), server('app', '00:09:59', 'active')]
  expect(surplusIdle(rows, 2, now)).toEqual([60])
})

test("keeps nothing open for edge's own databases", () => {
  expect(surplusIdle([server('edge_wait', '00:08:00')], 10, now)).toEqual([120])
})

test('counts each pool by itself', () => {
  const rows = [server('app', '00:00:00'), server('app_ro', '00:00:00'), server('app_ro', '00:09:30')]
  expect(surplusIdle(rows, 1, now)).toEqual([30])
})
