import { array, assert, boolean, nat, property, uniqueArray } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generatedRuns, randomOf } from '../proofs/generated-runs.ts'
import { example } from '../proofs/test-result.ts'
import { compare } from './compare.ts'
import { interleaved, type Run } from './pairs.ts'
import { choosePairs, runsOfRelease } from './sides.ts'

const at = (minute: number, change: Partial<Run> = {}): Run => ({
  ...example,
  startedAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  ...change,
})
const times = (run: Run | undefined) => run?.startedAt.slice(14, 16)
const pairsOf = (base: readonly number[], candidate: readonly number[]) =>
  interleaved(
    base.map((minute) => at(minute)),
    candidate.map((minute) => at(minute)),
  ).map((pair) => [times(pair.base), times(pair.candidate)])

describe('pairs', () => {
  it('are neighbours in time, whichever comes first', () => {
    expect(pairsOf([1, 4], [2, 3])).toEqual([
      ['01', '02'],
      ['04', '03'],
    ])
  })

  it('leave out what has no neighbour of the other side', () => {
    expect(pairsOf([1, 2, 3], [4, 5, 6])).toEqual([['03', '04']])
  })

  it('hold each run at most once', () => {
    const minutes = uniqueArray(nat(59), { maxLength: 20 })
    assert(
      property(minutes, array(boolean(), { minLength: 20, maxLength: 20 }), (all, isBase) => {
        const [base, candidate] = [true, false].map((side) => all.filter((_, place) => isBase[place] === side))
        const used = pairsOf(base ?? [], candidate ?? []).flat()
        expect(new Set(used).size).toBe(used.length)
      }),
    )
  })
})

const compared = (pairs: number, slower: (step: string) => number) => {
  const { base, candidate } = generatedRuns(pairs, slower, randomOf(7))
  return compare({ pairs: interleaved(base, candidate), failed: [] })
}

describe('a comparison', () => {
  it('passes a release that is the same', () => {
    expect(compared(14, () => 1)).toMatchObject({ verdict: 'pass', says: 'no step is slower by +10 % or more' })
  })

  it('names the one step that is slower, by how much, and how sure that is', () => {
    const { verdict, says, steps } = compared(12, (step) => (step === 'odds' ? 1.3 : 1))
    expect(verdict).toBe('regressed')
    expect(says).toMatch(/^slower: odds \+\d\d(\.\d)? % \(\+\d\d.* % to \+\d\d.* %\)$/)
    expect(steps.filter((step) => step.verdict === 'regressed').map(({ step }) => step)).toEqual(['odds'])
  })

  it('does not call a release slower that is faster', () => {
    expect(compared(12, () => 0.5)).toMatchObject({ verdict: 'pass' })
  })

  it('decides nothing with too few pairs, and says how many it takes', () => {
    const { verdict, says, steps } = compared(6, () => 3)
    expect(verdict).toBe('inconclusive')
    expect(says).toContain('6 pairs can see no change at all: 9 at least')
    expect(steps.every(({ couldSee }) => couldSee === null)).toBe(true)
  })

  it('says the smallest slow-down that it could have seen', () => {
    const { verdict, says } = compared(9, () => 1.03)
    expect(verdict).toBe('inconclusive')
    expect(says).toMatch(/the smallest slow-down that 9 pairs could have seen in every step is \+\d+(\.\d)? %$/)
  })

  it('decides nothing where a run did not reach a step', () => {
    const { base, candidate } = generatedRuns(12, () => 1, randomOf(7))
    const [first, ...others] = candidate
    const silent = first?.steps.map((step) => ({ ...step, requests: step.name === 'odds' ? 0 : step.requests }))
    const result = compare({
      pairs: interleaved(base, [at(2, { ...first, steps: silent ?? [] }), ...others]),
      failed: [],
    })
    expect(result).toMatchObject({ verdict: 'inconclusive', says: 'not every run reached odds' })
  })
})

describe('what can be compared', () => {
  const base = { name: 'r1', runs: [at(1), at(4)] }

  it('is refused of two machines', () => {
    const machine = { ...example.machine, id: 'm2' }
    const candidate = { name: 'r2', runs: [at(2, { machine }), at(3, { machine })] }
    expect(() => choosePairs(base, candidate)).toThrow('different machines')
  })

  it('is of one scenario, scale, journey and k6', () => {
    const candidate = { name: 'r2', runs: [at(2, { scenario: 'load' }), at(3, { scale: 0.5 })] }
    expect(() => choosePairs(base, candidate)).toThrow('no run of one is of a kind with one of the other')
  })

  it('leaves out invalid and interrupted runs, and says so', () => {
    const candidate = { name: 'r2', runs: [at(2, { verdict: 'invalid' }), at(3), at(5, { interrupted: true })] }
    expect(choosePairs(base, candidate)).toMatchObject({
      pairs: [{ candidate: { verdict: 'passed' } }],
      leftOut: '2 invalid or interrupted, 1 without a neighbour',
    })
  })

  it('is no base of which a run failed', () => {
    const reasons = ['login: 30 % of the requests failed (must be < 1 %)']
    const broken = { name: 'r1', runs: [at(1), at(4, { verdict: 'failed', reasons })] }
    const candidate = { name: 'r2', runs: [at(2), at(3)] }
    expect(() => choosePairs(broken, candidate)).toThrow(/1 of its 2 runs failed, and are no measure: login: 30 %/)
  })

  it('counts each run of the candidate that failed, one without a neighbour, too', () => {
    const candidate = { name: 'r2', runs: [at(2), at(3), at(5, { verdict: 'failed' }), at(6, { verdict: 'failed' })] }
    const { failed } = choosePairs({ name: 'r1', runs: [at(1), at(4)] }, candidate)
    expect(failed.map(times)).toEqual(['06', '05'])
  })

  it('is found by the beginning of a release, unless several begin so', () => {
    const runs = ['abc1', 'abc2', 'd'].map((release) => at(1, { release }))
    expect(runsOfRelease('d', runs)).toHaveLength(1)
    expect(runsOfRelease('abc2', runs)).toHaveLength(1)
    expect(() => runsOfRelease('abc', runs)).toThrow('means several: abc1, abc2')
    expect(() => runsOfRelease('e', runs)).toThrow('no load test was made')
  })
})
