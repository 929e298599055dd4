import { describe, expect, it } from 'vitest'
import { generatedRuns, randomOf } from '../proofs/generated-runs.ts'
import { compare } from './compare.ts'
import { interleaved } from './pairs.ts'

const times = 1000
const pairs = 10

/** How often each verdict comes, in percent, of runs that are generated with the spread that was measured. */
function verdicts(slower: (step: string) => number): Readonly<Record<string, number>> {
  const random = randomOf(20_260_101)
  const share: Record<string, number> = { pass: 0, regressed: 0, inconclusive: 0 }
  for (let time = 0; time < times; time++) {
    const { base, candidate } = generatedRuns(pairs, slower, random)
    const { verdict } = compare({ pairs: interleaved(base, candidate), failed: [] })
    share[verdict] = (share[verdict] ?? 0) + 100 / times
  }
  return share
}

describe(`of ${times} comparisons of ${pairs} generated pairs`, () => {
  it('at most 5 in 100 call a release slower that is the same, and most of them pass it', () => {
    const { regressed, pass } = verdicts(() => 1)
    expect(regressed).toBeLessThanOrEqual(5)
    expect(pass).toBeGreaterThanOrEqual(80)
  })

  it('at least 90 in 100 find that everything is slower by a tenth, and none passes it', () => {
    const { regressed, pass } = verdicts(() => 1.1)
    expect(regressed).toBeGreaterThanOrEqual(90)
    expect(pass).toBeLessThanOrEqual(5)
  })

  it('at least 60 in 100 find that one of seven steps is slower by a tenth', () => {
    const { regressed, pass } = verdicts((step) => (step === 'odds' ? 1.1 : 1))
    expect(regressed).toBeGreaterThanOrEqual(60)
    expect(pass).toBeLessThanOrEqual(5)
  })
})
