import { expect, test } from 'vitest'
import { judgeDrill, surplusIdle } from './check-pool.ts'
import { drilledAt, type DrillKind } from './drill.ts'
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

/** A drill that was made while the pool was set to so many seconds. */
const record = (kind: DrillKind, seconds: number, set = 30) => ({
  drill: `pool-${kind}`,
  at: '2026-01-01T03:46:10.000Z',
  facts: { seconds },
  took: seconds * 1000,
  of: drilledAt(kind, set),
})

test.each(['idle', 'wait'] as const)('says that a time (%s) is only declared until a drill has seen it', (kind) => {
  const declared = { is: 'kept', evidence: { how: 'declared', facts: { set: 30, drilled: 'not yet' } } }
  expect(judgeDrill(kind, undefined, 30, { set: 30 })).toEqual(declared)
  expect(judgeDrill(kind, record(kind, 5, 5), 30, { set: 30 })).toEqual(declared)
  expect(judgeDrill(kind, record(kind, 30.4), 30, {})).toMatchObject({
    is: 'kept',
    evidence: { how: 'measured', facts: { drilled: '2026-01-01 03:46 UTC' } },
  })
})

test('names a record that is damaged, by which nothing is measured', () => {
  expect(judgeDrill('wait', { damaged: '/state/records/pool-wait/7.json' }, 30, {})).toEqual({
    is: 'kept',
    evidence: { how: 'declared', facts: { drilled: '/state/records/pool-wait/7.json is damaged' } },
  })
})

test('names the drill as what to do when the last one measured another time', () => {
  expect(judgeDrill('wait', record('wait', 90), 30, {})).toMatchObject({
    is: 'broken',
    because: 'when it was tried, a client waited for 90 s',
    next: expect.stringMatching(/^edge drill pool measures again/),
  })
})
