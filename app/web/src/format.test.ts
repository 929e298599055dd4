import { expect, test } from 'vitest'
import { longDay, oddsIn, percents, safePath, weekday } from './format.ts'

test('shows a day as that day in every time zone', () => {
  expect(longDay('2022-06-16')).toBe('16 June 2022')
  expect(weekday('2022-06-16')).toBe('Thursday')
})

test('shows two chances that make 100 together', () => {
  expect(percents(0.735)).toEqual([74, 26])
  expect(percents(0.005)).toEqual([1, 99])
})

test('shows odds in the reader’s own format', () => {
  expect(oddsIn('decimal', 1.9)).toBe('1.90')
  expect(oddsIn('american', 2.5)).toBe('+150')
  expect(oddsIn('american', 1.5)).toBe('−200')
})

test.each([undefined, '', 'https://evil.example', '//evil.example', '/\\evil.example'])(
  'leads to the homepage rather than to %s',
  (path) => {
    expect(safePath(path)).toBe('/')
  },
)

test('leads back to a page of the site', () => {
  expect(safePath('/account')).toBe('/account')
})
