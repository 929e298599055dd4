import { compare, type Comparison } from '../comparison/compare.ts'
import type { Pair, Run } from '../comparison/pairs.ts'
import { randomOf } from './generated-runs.ts'

/** How often each verdict came, in percent. */
type Shares = Readonly<Record<Comparison['verdict'], number>>

/**
 * Compares recorded runs of one build with each other, as often as is wanted: each pair is two neighbours in time, drawn
 * with replacement, and either of them is the candidate, whose steps are multiplied by `slower`. So the noise is the
 * machine's own, with what neighbours share of it.
 */
export function resampled(
  recorded: readonly Run[],
  { pairs, times, slower, seed }: { pairs: number; times: number; slower: (step: string) => number; seed: number },
): Shares {
  const random = randomOf(seed)
  const inTime = recorded.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))
  const counts = { pass: 0, regressed: 0, inconclusive: 0 }
  for (let time = 0; time < times; time++) {
    const drawn = Array.from({ length: pairs }, () => drawPair(inTime, slower, random))
    counts[compare({ pairs: drawn, failed: [] }).verdict] += 1
  }
  const percent = (count: number): number => Math.round((1000 * count) / times) / 10
  return {
    pass: percent(counts.pass),
    regressed: percent(counts.regressed),
    inconclusive: percent(counts.inconclusive),
  }
}

function drawPair(inTime: readonly Run[], slower: (step: string) => number, random: () => number): Pair {
  const place = Math.floor(random() * (inTime.length - 1))
  const [one, other] = [inTime[place], inTime[place + 1]]
  if (!one || !other) throw new RangeError(`takes two runs at least (got ${inTime.length})`)
  const [base, candidate] = random() < 0.5 ? [one, other] : [other, one]
  const steps = candidate.steps.map((step) => ({ ...step, p95: step.p95 * slower(step.name) }))
  return { base, candidate: { ...candidate, steps } }
}

/** What is asked of recorded runs: how often is the same called slower, and how often is found what is slower by a tenth. */
export const questions = {
  same: () => 1,
  all: () => 1.1,
  one: (step) => (step === 'odds' ? 1.1 : 1),
} satisfies Record<string, (step: string) => number>

/** The table of README.md, of recorded runs: a row for each number of pairs. */
export const tableOf = (recorded: readonly Run[], counts: readonly number[], times: number, seed: number) =>
  counts.map((pairs) => {
    const of = (slower: (step: string) => number) => resampled(recorded, { pairs, times, slower, seed })
    return { pairs, same: of(questions.same), all: of(questions.all), one: of(questions.one) }
  })
