import { expect, it } from 'vitest'
import { generatedRuns, randomOf } from '../proofs/generated-runs.ts'
import { resampled, tableOf } from '../proofs/resampled.ts'

/** Forty runs of one build. */
const { base, candidate } = generatedRuns(20, () => 1, randomOf(11))
const recorded = [...base, ...candidate]
const shares = (slower: (step: string) => number, seed = 5) =>
  resampled(recorded, { pairs: 10, times: 200, slower, seed })

it('finds what was made slower in runs of one build, and seldom what was not', () => {
  expect(shares(() => 1).regressed).toBeLessThanOrEqual(5)
  expect(shares(() => 1.3).regressed).toBe(100)
  expect(shares(() => 1.3).pass).toBe(0)
})

it('answers the same for the same seed, and counts each comparison once', () => {
  const slower = () => 1.06
  expect(shares(slower)).toEqual(shares(slower))
  expect(shares(slower)).not.toEqual(shares(slower, 6))
  expect(Object.values(shares(slower)).reduce((sum, share) => sum + share, 0)).toBeCloseTo(100)
})

it('makes a row of the table for each number of pairs', () => {
  const [row] = tableOf(recorded, [12], 50, 5)
  expect(row).toMatchObject({ pairs: 12, same: { regressed: 0 }, all: { pass: 0 } })
  expect(row?.one.pass).toBeLessThanOrEqual(5)
})

it('needs neighbours', () => {
  const alone = { pairs: 9, times: 1, slower: () => 1, seed: 1 }
  expect(() => resampled(recorded.slice(0, 1), alone)).toThrow('two runs at least')
})
