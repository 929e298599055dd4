import { expect, test } from 'vitest'
import type { Loss } from '../../src/targets/local/acknowledged.ts'
import { inWords } from './lost-writes.ts'

const loss: Loss = {
  acknowledged: {
    number: 120,
    at: '2026-11-28T21:10:00.000Z',
    timeline: 1,
    lsn: '0/433FE40',
    since: '2026-11-28T21:00:00.000Z',
  },
  left: { number: 109, at: '2026-11-28T21:09:05.000Z' },
  found: '2026-11-28T21:10:07.000Z',
  timeline: 2,
}

test('says how many seconds of writes are gone, between which times, and on which timeline the database is', () => {
  expect(inWords(loss, 3)).toBe(
    '55 s of acknowledged writes are gone, from 2026-11-28 21:09:05 to 2026-11-28 21:10:00 UTC (11 heartbeats; they were on timeline 1, the database is on timeline 3)',
  )
})

test('says that there are others', () => {
  expect(inWords(loss, 3, 3)).toMatch(/; 2 more before$/)
})

test('counts no seconds where the clock was set back meanwhile', () => {
  const set = { ...loss, left: { number: 109, at: '2026-11-28T22:09:05.000Z' } }
  expect(inWords(set, 2)).toMatch(/^acknowledged writes \(11 heartbeats\) are gone, from /)
})

test('says that nothing is left of the heartbeats', () => {
  expect(inWords({ ...loss, left: null }, 2)).toMatch(
    /^every heartbeat of the database is gone; the last one was acknowledged at 2026-11-28 21:10:00 UTC/,
  )
})
