import { expect, test } from 'vitest'
import { isMissed } from './last-runs.ts'

const nightly = { cron: '41 3 * * *', zone: 'UTC' }
const at = (time: string) => new Date(`2026-01-${time}:00.000Z`)

test.each([
  ['is missed where the machine slept over its hour', nightly, '01T03:41', '02T09:00', true],
  ['is not missed before its hour', nightly, '01T03:41', '02T03:40', false],
  ['is left to its own timer in the minute of its hour', nightly, '01T03:41', '02T03:41', false],
  ['is not missed where it was run late', nightly, '02T09:00', '02T12:00', false],
  ['has its hour in its own zone', { ...nightly, zone: 'Asia/Tokyo' }, '01T03:41', '01T19:00', true],
] as const)('a job %s', (_, schedule, ranLast, now, missed) => {
  expect(isMissed(schedule, at(ranLast), at(now))).toBe(missed)
})
