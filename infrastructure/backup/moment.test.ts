import { describe, expect, it, test } from 'vitest'
import { inUtc, momentOf } from './moment.ts'

const now = new Date('2026-11-29T12:00:00Z')

describe('the moment that a restore goes to', () => {
  test.each([
    ['2026-01-31 12:00:00+00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00 +01', '2026-01-31T11:00:00.000Z'],
    ['2026-01-31 12:00:00.250-05:30', '2026-01-31T17:30:00.250Z'],
    ['2026-01-31 12:00:00 utc', '2026-01-31T12:00:00.000Z'],
  ])('reads %s', (text, wanted) => {
    expect(momentOf(text, now).toISOString()).toBe(wanted)
  })

  test.each([
    ['2026-01-31 12:00:00.123456+00', '2026-01-31 12:00:00.123456+00'],
    ['2026-01-31 12:00:00.1234+01', '2026-01-31 11:00:00.1234+00'],
    ['2026-01-31 12:00:00.123000+00', '2026-01-31 12:00:00.123+00'],
    ['2026-01-31 12:00:00+00', '2026-01-31 12:00:00.000+00'],
  ])('is %s to the microsecond where a database is asked for it', (text, wanted) => {
    expect(inUtc(momentOf(text, now))).toBe(wanted)
  })

  it('is now where none is named', () => {
    expect(momentOf(undefined, now)).toBe(now)
  })

  test.each([
    ['2026-01-31 12:00:00', 'has no zone'],
    ['2026-01-31', 'has no time of day'],
    ['yesterday', 'is not a time'],
    ['2026-02-31 12:00:00Z', 'is no day'],
    ['2026-01-31 25:00:00Z', 'is no day or no time'],
    ['2026-11-30 12:00:00Z', 'is still to come'],
  ])('refuses %s, as it %s', (text, why) => {
    expect(() => momentOf(text, now)).toThrow(why)
  })
})
