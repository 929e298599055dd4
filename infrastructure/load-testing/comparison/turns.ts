import { Interrupted, OperatorError } from '../../../src/core/errors.ts'
import type { Run } from './pairs.ts'

export type SideName = 'base' | 'candidate'

/** One run of a comparison. */
export type Turn = {
  readonly side: SideName
  /** From 1; 0 where it only warms its side up. */
  readonly pair: number
  /** How many runs come after it, where all are good for something. */
  readonly after: number
}

/** What was measured by turns, invalid runs too; the ones that warmed up are left out. */
export type Taken = {
  readonly base: readonly Run[]
  readonly candidate: readonly Run[]
  readonly interrupted: boolean
}

/** A machine on which so many runs are invalid is none to compare on. */
export const mostInvalid = 6

/** Base, candidate, candidate, base: what becomes slower all along falls on both alike. */
const orderOf = (pair: number): readonly [SideName, SideName] =>
  pair % 2 === 1 ? ['base', 'candidate'] : ['candidate', 'base']

/** How many runs a comparison makes, where none is invalid. */
export const turnsOf = (pairs: number): number => 2 * (pairs + 1)

/**
 * Measures two sides by turns. The first run of each finds caches that nobody has filled, and counts for nothing. An
 * invalid run is made again at once, beside its neighbour. After a pair of which a run failed there is nothing to find:
 * with errors nothing is faster. Ctrl-C ends it with what there is. Throws OperatorError where too many are invalid.
 */
export async function takeTurns(pairs: number, run: (turn: Turn) => Promise<Run>): Promise<Taken> {
  const taken = { base: Array<Run>(), candidate: Array<Run>() }
  let after = turnsOf(pairs)
  let invalid = 0
  const measure = async (side: SideName, pair: number): Promise<Run> => {
    after--
    for (;;) {
      const made = await run({ side, pair, after })
      if (pair > 0) taken[side].push(made)
      if (pair === 0 || made.verdict !== 'invalid') return made
      invalid++
      if (invalid === mostInvalid) throw tooManyInvalid(made)
    }
  }
  try {
    for (const side of orderOf(1)) await measure(side, 0)
    for (let pair = 1; pair <= pairs; pair++) {
      const [first, second] = orderOf(pair)
      const both = [await measure(first, pair), await measure(second, pair)]
      if (both.some(({ verdict }) => verdict === 'failed')) break
    }
    return { ...taken, interrupted: false }
  } catch (error) {
    if (error instanceof Interrupted) return { ...taken, interrupted: true }
    throw error
  }
}

function tooManyInvalid({ reasons: [reason = 'no reason is known'] }: Run): OperatorError {
  return new OperatorError('load-test compare', `${mostInvalid} runs were invalid, the last one as ${reason}`, [
    'end what else runs on this machine, or take fewer --users',
    'the runs that were made stay: edge reports',
  ])
}
