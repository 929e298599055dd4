import { expect, test } from 'vitest'
import type { DrillRecord } from '../../src/core/record.ts'
import { drilled } from './drilled.ts'
import { tooOld } from './staleness.ts'
import { lostInTakeover, noneTookOver, showsTakeover } from './takeover.ts'

const of = { members: 'pg1, pg2' }
const facts = { from: 'pg1', to: 'pg2', acknowledged: 1000, lost: 0, gapMs: 2345 }
const record: DrillRecord = { drill: 'failover', at: '2026-01-02T03:04:05.000Z', facts, took: 1, of }
const judge = { shows: showsTakeover, wrong: lostInTakeover }
const recordsWith = (newest: DrillRecord | { damaged: string } | undefined) => ({
  newest: async () => newest,
  keep: async () => undefined,
})

test('shows what the newest record of this deployment saw', async () => {
  expect(await drilled(recordsWith(record), 'failover', of, judge)).toEqual({
    facts: {
      'failover drilled': '2026-01-02 03:04 UTC: pg1 → pg2, 0 of 1000 acknowledged writes lost, 2.3 s without one',
    },
  })
})

test('says broken while the newest record of this deployment saw a loss', async () => {
  const lost = { ...record, facts: { ...facts, lost: 3 } }
  expect(await drilled(recordsWith(lost), 'failover', of, judge)).toMatchObject({
    problem: { because: 'when it was tried, 3 of 1000 acknowledged writes were lost' },
  })
})

test('says nothing by a record of another deployment, a damaged one, or none', async () => {
  const lost = { ...record, facts: { ...facts, lost: 3 } }
  const words = async (newest: Parameters<typeof recordsWith>[0], now = of) =>
    drilled(recordsWith(newest), 'failover', now, judge)
  expect(await words(lost, { members: 'pg1, pg2, pg3' })).toEqual({
    facts: { 'failover drilled': 'not since members was changed from pg1, pg2 to pg1, pg2, pg3' },
  })
  expect(await words({ damaged: 'records/failover/3.json' })).toEqual({
    facts: { 'failover drilled': 'records/failover/3.json is damaged' },
  })
  expect(await words(undefined)).toEqual({ facts: { 'failover drilled': 'not yet (edge drill failover)' } })
})

test('a member that comes back by itself has been relieved by nobody', () => {
  expect(noneTookOver(facts)).toBeUndefined()
  expect(noneTookOver({ ...facts, to: 'pg1' })).toContain('nobody took over')
  expect(noneTookOver({ ...facts, resumed: false })).toBe('writes were acknowledged no more')
})

test('what a reader saw may be as old as is promised, and no older', () => {
  expect(tooOld({ oldestMs: 5000 }, 5000)).toBeUndefined()
  expect(tooOld({ oldestMs: 5001 }, 5000)).toBe('a reader saw what was 5.0 s old')
})
