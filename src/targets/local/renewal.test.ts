import { assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cdn } from '../../../infrastructure/cdn/guarantees.ts'
import { magnitude } from '../../core/units.ts'
import { promisedDays, renewAtDaysLeft } from './renewal.ts'

/** Lifetimes from an hour to four years, in days. */
const lifetimes = (leastDays = 1 / 24) =>
  integer({ min: Math.ceil(leastDays * 24), max: 1460 * 24 }).map((hours) => hours / 24)

describe('when a certificate is ordered anew', () => {
  it('is measured by the promise of the CDN', () => {
    expect(magnitude(cdn.certificate.above)).toBe(promisedDays * 86_400_000)
  })

  it.each([
    [397, 40],
    [90, 40],
    [64, 40],
    [45, 37.5],
    [6, 2],
  ])('for a lifetime of %d days it is %d days before the end', (lifetime, left) => {
    expect(renewAtDaysLeft(lifetime)).toBe(left)
  })

  it('is never at once: a new one is not due', () => {
    assert(
      property(lifetimes(), (lifetime) => {
        expect(renewAtDaysLeft(lifetime)).toBeLessThan(lifetime)
      }),
    )
  })

  it('is before the promise breaks, wherever it can be kept', () => {
    assert(
      property(lifetimes(promisedDays + 1), (lifetime) => {
        expect(renewAtDaysLeft(lifetime)).toBeGreaterThan(promisedDays)
      }),
    )
  })

  it('leaves a week of daily trials before the promise breaks, from 45 days of lifetime on', () => {
    assert(
      property(lifetimes(45), (lifetime) => {
        expect(renewAtDaysLeft(lifetime) - promisedDays).toBeGreaterThan(7)
      }),
    )
  })
})
