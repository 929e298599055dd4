import { expect, it } from 'vitest'
import { wishOf } from './wish.ts'

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
