import { array, assert, constantFrom, double, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holm, signFlip } from './sign-flip.ts'

const value = double({ min: -2, max: 2, noNaN: true })
const values = array(value, { minLength: 1, maxLength: 10 })

/** The test as it is defined: every choice of signs. */
function byDefinition(given: readonly number[]): number {
  const seen = given.reduce((sum, each) => sum + each, 0)
  let [above, below] = [0, 0]
  for (let signs = 0; signs < 2 ** given.length; signs++) {
    const sum = given.reduce((before, each, place) => before + ((signs >> place) % 2 === 1 ? -each : each), 0)
    if (sum >= seen - 1e-9) above += 1
    if (sum <= seen + 1e-9) below += 1
  }
  return Math.min(1, (2 * Math.min(above, below)) / 2 ** given.length)
}

describe('the sign-flip test', () => {
  it('counts what every choice of signs would yield', () => {
    // Whole numbers: what is equal has to be equal.
    const whole = array(integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 9 })
    assert(
      property(whole, (given) => {
        expect(signFlip(given).p).toBeCloseTo(byDefinition(given), 10)
      }),
    )
  })

  it.each([
    [5, 0.0625],
    [6, 0.03125],
    [9, 0.00390625],
  ])('of %i pairs that all agree has p %f', (pairs, p) => {
    expect(signFlip(Array.from({ length: pairs }, (_, place) => 0.1 + place / 100)).p).toBe(p)
  })

  it('is the same from the other side', () => {
    assert(
      property(values, (given) => {
        const [one, other] = [signFlip(given), signFlip(given.map((each) => -each))]
        expect(one.p).toBe(other.p)
        expect(one.centre).toBeCloseTo(-other.centre, 10)
      }),
    )
  })

  it('has its centre within each interval, and wider intervals at stricter levels', () => {
    assert(
      property(values, (given) => {
        const { centre, interval } = signFlip(given)
        const [[low, high], [lower, higher]] = [interval(0.05), interval(0.01)]
        expect(low <= centre && centre <= high && lower <= low && higher >= high).toBe(true)
      }),
    )
  })

  it('refuses no difference just where the interval excludes it', () => {
    assert(
      property(values, constantFrom(0.05, 0.01, 0.2), (given, level) => {
        const { p, interval } = signFlip(given)
        const [low, high] = interval(level)
        expect(p <= level).toBe(low > 0 || high < 0)
      }),
    )
  })

  it('moves with what is measured', () => {
    assert(
      property(values, value, (given, shift) => {
        const [before, after] = [signFlip(given), signFlip(given.map((each) => each + shift))]
        expect(after.centre).toBeCloseTo(before.centre + shift, 8)
      }),
    )
  })
})

describe("Holm's correction", () => {
  it('asks most of the smallest', () => {
    expect(holm([0.04, 0.01, 0.03])).toEqual([0.06, 0.03, 0.06])
  })

  it('never makes a p smaller, nor changes their order', () => {
    assert(
      property(array(double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }), (ps) => {
        const corrected = holm(ps)
        const byP = corrected
          .map((each, place) => ({ each, p: ps[place] ?? 0 }))
          .toSorted((one, other) => one.p - other.p)
        expect(byP.every(({ each, p }) => each >= p)).toBe(true)
        const inOrder = byP.map(({ each }) => each)
        expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other))
      }),
    )
  })
})
