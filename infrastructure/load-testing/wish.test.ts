import { expect, it } from 'vitest'
import { pairsOf, wishOf } from './wish.ts'

it('is the scenario as it is, on this instance, where nothing is said', () => {
  expect(wishOf({})).toEqual({ shape: { scale: 1, open: false }, against: undefined })
})

it('takes what is said', () => {
  const { shape, against } = wishOf({ scale: '0.1', users: '20', open: true, against: 'https://staging.example.com' })
  expect([shape, against?.origin]).toEqual([{ scale: 0.1, users: 20, open: true }, 'https://staging.example.com'])
})

it.each([
  [{ scale: '2' }, 'must be above 0 and at most 1 (got "2")'],
  [{ users: '0' }, 'must be a whole number from 1 to 10000 (got "0")'],
  [{ users: '1.5' }, 'must be a whole number'],
  [{ against: 'staging' }, 'must be the address of a site'],
  [{ against: 'https://staging.example.com/path' }, 'without a path'],
  [{ against: 'https://me:secret@staging.example.com' }, 'without a password'],
])('refuses %o', (options, message) => {
  expect(() => wishOf(options)).toThrow(message)
})

it('makes twelve pairs where nothing is said, and never so few that they can see nothing', () => {
  expect([pairsOf({}, 7), pairsOf({ pairs: '9' }, 7), pairsOf({ pairs: '16' }, 7)]).toEqual([12, 9, 16])
  expect(pairsOf({ pairs: '6' }, 1)).toBe(6)
  for (const pairs of ['8', '17', '9.5', 'many', '']) {
    const says = `must be a whole number from 9 to 16 (got "${pairs}"): with 7 steps, fewer can see no change at all`
    expect(() => pairsOf({ pairs }, 7)).toThrow(says)
  }
})
