import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

test('a figure that stayed below what rings above it did not come beyond', () => {
  expect(nearest(62.12345, { side: 'above', at: 80 })).toEqual({
    isBeyond: false,
    says: 'it was at most 62.12, and rings above 80',
  })
})

test('the boundary itself is still good', () => {
  expect(nearest(80, { side: 'above', at: 80 }).isBeyond).toBe(false)
})

test('a figure that fell below what rings below it came beyond', () => {
  expect(nearest(0.79, { side: 'below', at: 0.8 })).toEqual({
    isBeyond: true,
    says: 'it was at least 0.79, and rings below 0.8',
  })
})
