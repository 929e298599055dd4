import { expect, test } from 'vitest'
import { decimalOdds, formula, lowestOdds, margin } from './odds.ts'

test('derives odds by the stated formula', () => {
  expect(decimalOdds(0.5)).toBe(1.9)
  expect(decimalOdds(0.25)).toBe(3.81)
})

test('never offers a price at which a won bet loses money', () => {
  expect(decimalOdds(0.99)).toBe(lowestOdds)
})

test('has no price for what is certain, impossible or not a probability', () => {
  for (const probability of [0, 1, -0.1, 1.1, Number.NaN]) expect(decimalOdds(probability)).toBeUndefined()
})

test('states the numbers that it computes with', () => {
  expect(formula).toContain(`(1 + ${margin})`)
  expect(formula).toContain(`at least ${lowestOdds}`)
})
