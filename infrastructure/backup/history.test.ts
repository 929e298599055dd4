import { expect, test } from 'vitest'
import { historyIn, leadsTo } from './history.ts'

// As PostgreSQL writes it: timeline 3 came out of 2, which a restore to an earlier moment had begun.
const history = historyIn(`1\t0/A071278\tbefore 2026-11-30 06:24:20.510843+00


2\t1/A12E1A8\tno recovery target specified
`)

const backup = (timeline: number, stop: string) => ({
  archive: { start: null, stop: `0000000${timeline}0000000000000008` },
  lsn: { start: '0/1', stop },
})

test.each([
  ['of the timeline itself', backup(3, '2/0'), true],
  ['of an earlier one, from before it was left', backup(1, '0/8000330'), true],
  ['of an earlier one, from after it was left', backup(1, '0/C000330'), false],
  ['that ended beyond four gigabytes, before it was left', backup(2, '0/F0000000'), true],
  ['of a timeline that it did not come out of', backup(4, '0/8000330'), false],
  ['that does not say where it ended', { archive: { start: null, stop: null }, lsn: undefined }, true],
])('knows whether a recovery comes to a timeline from a backup %s', (_, from, leads) => {
  expect(leadsTo(from, 3, history)).toBe(leads)
})
