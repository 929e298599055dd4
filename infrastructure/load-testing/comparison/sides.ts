import { exit, OperatorError } from '../../../src/core/errors.ts'
import { interleaved, isUsable, kindOf, machineOf, type Pair, type Run } from './pairs.ts'

/** One side of a comparison: what it was called, and its runs. */
export type Side = { readonly name: string; readonly runs: readonly Run[] }

/** What can be compared of two sides: the pairs of one kind, and what was left out, in words. */
export type Chosen = {
  readonly kind: string
  readonly machine: string
  readonly pairs: readonly Pair[]
  /** Runs of the candidate of that kind that failed, whether or not they have a neighbour; newest first. */
  readonly failed: readonly Run[]
  readonly leftOut: string
}

/** Runs of a release, by its id or the beginning of one. Throws OperatorError where that means none or several. */
export function runsOfRelease(name: string, runs: readonly Run[]): readonly Run[] {
  const releases = [...new Set(runs.map(({ release }) => release))]
  const meant = releases.filter((release) => release === name || release.startsWith(name))
  const [only] = releases.includes(name) ? [name] : meant
  if (only !== undefined && (meant.length === 1 || only === name)) return runs.filter(({ release }) => release === only)
  throw new OperatorError(
    name,
    meant.length === 0 ? 'no load test was made on a release of that name' : `means several: ${meant.join(', ')}`,
    releases.length === 0
      ? 'edge load-test smoke'
      : [`releases with runs: ${releases.join(', ')}`, 'a folder of runs has a / in its name: ./baseline'],
    exit.usage,
  )
}

/**
 * The pairs that can be compared: of one scenario, told the same, judged by the same k6, on one machine.
 * Throws OperatorError where there are none, and where machines differ.
 */
export function choosePairs(base: Side, candidate: Side): Chosen {
  const sides = [base, candidate].map(({ name, runs }) => ({ name, runs: runs.filter(isUsable) }))
  const [before, after] = sides.map(({ runs }) => Map.groupBy(runs, kindOf))
  const shared = [...(before ?? new Map<string, Run[]>())].flatMap(([kind, runs]) => {
    const others = after?.get(kind)
    return others ? [{ kind, runs, others, pairs: interleaved(runs, others) }] : []
  })
  const [most, ...fewer] = shared.toSorted((a, b) => b.pairs.length - a.pairs.length)
  if (!most) throw nothingShared(sides)
  const machines = [...new Set([...most.runs, ...most.others].map(machineOf))]
  if (machines.length > 1) throw severalMachines(sides)
  if (most.pairs.length === 0) {
    throw new OperatorError(
      'load-test compare',
      'no two runs, one of each, follow each other',
      'runs by turns: base, candidate, candidate, base',
      exit.usage,
    )
  }
  refuseFailed(base, most.pairs)
  const left = sides.reduce((sum, { runs }) => sum + runs.length, 0) - 2 * most.pairs.length
  const unusable = base.runs.length + candidate.runs.length - sides.reduce((sum, { runs }) => sum + runs.length, 0)
  return {
    kind: most.kind,
    machine: machines[0] ?? '',
    pairs: most.pairs,
    failed: most.others.filter(hasFailed).toSorted((a, b) => b.startedAt.localeCompare(a.startedAt)),
    leftOut: [
      ...(unusable > 0 ? [`${unusable} invalid or interrupted`] : []),
      ...(left > 0 ? [`${left} without a neighbour${fewer.length > 0 ? ' or of another kind' : ''}`] : []),
    ].join(', '),
  }
}

const hasFailed = ({ verdict }: Run): boolean => verdict === 'failed'

/** Errors are answered fast: whatever is held against such a base looks slow, or as good as it. */
function refuseFailed({ name }: Side, pairs: readonly Pair[]): void {
  const failed = pairs.flatMap(({ base }) => (hasFailed(base) ? [base] : []))
  const [first] = failed
  if (!first) return
  const problem = `${failed.length} of its ${pairs.length} runs failed, and are no measure: ${first.reasons[0] ?? first.startedAt}`
  throw new OperatorError(name, problem, 'compare with a release that passes, or run it again', exit.usage)
}

function nothingShared(sides: readonly Side[]): OperatorError {
  const empty = sides.find(({ runs }) => runs.length === 0)
  if (empty) {
    return new OperatorError(empty.name, 'has no run that was brought to its end', 'edge load-test smoke', exit.usage)
  }
  const kinds = sides.map(({ name, runs }) => `${name}: ${[...new Set(runs.map(kindOf))].join('; ')}`)
  return new OperatorError('load-test compare', 'no run of one is of a kind with one of the other', kinds, exit.usage)
}

function severalMachines(sides: readonly Side[]): OperatorError {
  const where = sides.map(({ name, runs }) => `${name}: ${[...new Set(runs.map(machineOf))].join('; ')}`)
  return new OperatorError(
    'load-test compare',
    'they were measured on different machines, and say nothing about each other',
    [...where, 'measure both on one machine'],
    exit.usage,
  )
}
