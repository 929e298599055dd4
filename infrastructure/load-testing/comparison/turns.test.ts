import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../../src/core/errors.ts'
import { example } from '../proofs/test-result.ts'
import { compare } from './compare.ts'
import type { Run } from './pairs.ts'
import { choosePairs } from './sides.ts'
import { mostInvalid, takeTurns, type Turn, turnsOf } from './turns.ts'

type Change = Partial<Run> | Error

/** Takes turns whose runs are all alike but for what is said of one, by its number from 0. */
async function turns(pairs: number, changes: Readonly<Record<number, Change>> = {}) {
  const made: Turn[] = []
  const taken = takeTurns(pairs, async (turn) => {
    const change = changes[made.push(turn) - 1] ?? {}
    if (change instanceof Error) throw change
    return { ...example, startedAt: new Date(Date.UTC(2026, 0, 1, 0, made.length)).toISOString(), ...change }
  })
  const ended = await taken.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  return { ended, made, shown: made.map(({ side, pair }) => `${side.slice(0, 1)}${pair}`).join(' ') }
}
const invalid = { verdict: 'invalid', reasons: ['only 3 % of the processors were free'] } as const
const failed = { verdict: 'failed', reasons: ['login: 30 % of the requests failed'] } as const

describe('runs by turns', () => {
  it('warm up, and go base, candidate, candidate, base', async () => {
    const { shown, made, ended } = await turns(4)
    expect(shown).toBe('b0 c0 b1 c1 c2 b2 b3 c3 c4 b4')
    expect(made.map(({ after }) => after)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    expect(made).toHaveLength(turnsOf(4))
    // Those that warmed up are no pair.
    expect(ended).toMatchObject({ base: { length: 4 }, candidate: { length: 4 }, interrupted: false })
  })

  it('make one again that is invalid, at once, and pair what is left', async () => {
    const { shown, ended } = await turns(2, { 2: invalid, 5: invalid, 6: invalid })
    expect(shown).toBe('b0 c0 b1 b1 c1 c2 c2 c2 b2')
    if (ended instanceof Error) throw ended
    const { base, candidate } = ended
    const chosen = choosePairs({ name: 'one', runs: base }, { name: 'other', runs: candidate })
    expect([chosen.pairs.length, chosen.leftOut]).toEqual([2, '3 invalid or interrupted'])
  })

  it('warm up whatever becomes of it', async () => {
    expect((await turns(1, { 0: failed, 1: invalid })).shown).toBe('b0 c0 b1 c1')
  })

  it(`end where ${mostInvalid} are invalid, with the reason`, async () => {
    const all = Object.fromEntries(Array.from({ length: 20 }, (_, number) => [number, invalid]))
    const { ended, made } = await turns(4, all)
    expect(made).toHaveLength(2 + mostInvalid)
    expect(String(ended)).toContain('6 runs were invalid, the last one as only 3 % of the processors were free')
  })

  it('end after the pair in which one failed: nothing more can be found', async () => {
    const { shown, ended } = await turns(4, { 4: failed })
    expect(shown).toBe('b0 c0 b1 c1 c2 b2')
    if (ended instanceof Error) throw ended
    const { base, candidate } = ended
    expect(compare(choosePairs({ name: 'one', runs: base }, { name: 'other', runs: candidate }))).toMatchObject({
      verdict: 'regressed',
      says: expect.stringContaining('1 run of the candidate failed: login'),
    })
  })

  it('end at Ctrl-C with what there is', async () => {
    const { ended, shown } = await turns(4, { 5: new Interrupted() })
    expect(shown).toBe('b0 c0 b1 c1 c2 b2')
    expect(ended).toMatchObject({ base: { length: 1 }, candidate: { length: 2 }, interrupted: true })
  })

  it('end with any other error', async () => {
    expect(String((await turns(4, { 3: new Error('k6 is gone') })).ended)).toContain('k6 is gone')
  })
})
