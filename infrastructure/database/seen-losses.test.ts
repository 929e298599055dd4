import { expect, it } from 'vitest'
import type { Loss } from '../../src/targets/local/acknowledged.ts'
import { unseenUntil } from './seen-losses.ts'

const loss = (number: number, at: string, seen?: string): Loss => ({
  acknowledged: { number, at, timeline: 1, lsn: '0/1', since: '2026-01-31T00:00:00Z' },
  left: null,
  found: at,
  timeline: 2,
  ...(seen === undefined ? {} : { seen }),
})

it('takes for known what a restore took away, and nothing that was acknowledged after it', () => {
  const [before, known, after] = [
    loss(1, '2026-01-31T12:00:00Z'),
    loss(2, '2026-01-31T12:00:01Z', '2026-01-31T13:00:00Z'),
    loss(3, '2026-01-31T12:00:03Z'),
  ]
  expect(unseenUntil([before, known, after], Date.parse('2026-01-31T12:00:02Z'))).toEqual([before])
})
