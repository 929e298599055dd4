import { example } from './test-result.ts'
import type { Run } from '../comparison/pairs.ts'

/** The same numbers for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const steps = ['homepage', 'login', 'browse-sports', 'odds', 'predictions', 'logout', 'assets'] as const

/**
 * What was measured on two builds of which one was a tenth slower: twelve interleaved pairs had a ratio of 1.124 with an
 * interval of 1.084 to 1.188. So the logarithms of two runs' p95 differed by 0.072, and those of one by 0.051.
 */
const spreadOfRun = 0.051
/** Of it, what all steps of a run share: the machine had a bad minute. The rest is each step's own. */
const shared = 0.7

/**
 * Generated runs with the measured spread, in the order base, candidate, candidate, base, and so on, while the machine
 * becomes slower all along, by a tenth from the first to the last.
 * @param slower by how much the candidate's p95 is multiplied, by step
 */
export function generatedRuns(
  pairs: number,
  slower: (step: string) => number,
  random: () => number,
): { readonly base: readonly Run[]; readonly candidate: readonly Run[] } {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const runs = Array.from({ length: 2 * pairs }, (_, place) => {
    const isBase = place % 4 === 0 || place % 4 === 3
    const drift = (Math.log(1.1) * place) / (2 * pairs)
    const common = normal() * spreadOfRun * Math.sqrt(shared) + drift
    const run: Run = {
      ...example,
      startedAt: new Date(Date.UTC(2026, 0, 1, 0, 2 * place)).toISOString(),
      release: isBase ? 'base' : 'candidate',
      steps: steps.map((name, at) => {
        const own = normal() * spreadOfRun * Math.sqrt(1 - shared)
        const p95 = (5 + 10 * at) * Math.exp(common + own) * (isBase ? 1 : slower(name))
        return { name, requests: 500, median: p95 / 3, p95, errorPercent: 0, successPercent: 100 }
      }),
    }
    return run
  })
  return {
    base: runs.filter(({ release }) => release === 'base'),
    candidate: runs.filter(({ release }) => release !== 'base'),
  }
}
