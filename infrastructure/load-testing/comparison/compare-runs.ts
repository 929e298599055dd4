import { resolve } from 'node:path'
import { exit, type ExitCode, OperatorError } from '../../../src/core/errors.ts'
import { type Options, textOption } from '../../../src/core/options.ts'
import type { Screen } from '../../../src/core/screen.ts'
import type { World } from '../../../src/core/world.ts'
import { type Result, resultsIn } from '../result.ts'
import { change, compare, range, type StepComparison } from './compare.ts'
import { choosePairs, runsOfRelease, type Side } from './sides.ts'

/**
 * `edge load-test compare BASE CANDIDATE`: each a release that was measured here, or a folder of runs, as whoever typed
 * the command means it. Folders alone need no instance.
 */
export async function beforeCompare(
  world: World,
  names: readonly string[],
  options: Options,
  screen: Screen,
): Promise<Options | ExitCode> {
  if (names.length !== 2) {
    throw new OperatorError(
      'load-test compare',
      'takes two releases, or folders of runs',
      'edge load-test compare BASE CANDIDATE; edge releases lists them',
      exit.usage,
    )
  }
  if (names.every(isFolder)) return compareRuns(world, names, options, screen, () => Promise.resolve([]))
  return { ...options, from: world.cwd }
}

export async function compareRuns(
  world: World,
  [base = '', candidate = '']: readonly string[],
  options: Options,
  screen: Screen,
  runsHere: () => Promise<readonly Result[]>,
): Promise<ExitCode> {
  const [here, from] = [await runsHere(), textOption(options, 'from') ?? world.cwd]
  const chosen = choosePairs(await sideOf(base, here, from), await sideOf(candidate, here, from))
  const comparison = compare(chosen.pairs)
  const { kind, machine, leftOut } = chosen
  if (options['json'] === true) {
    const runs = chosen.pairs.map((pair) => ({ base: pair.base.startedAt, candidate: pair.candidate.startedAt }))
    const answer = { ...comparison, base, candidate, kind, machine, leftOut, runs }
    world.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`)
  } else {
    const { green, red, yellow, dim } = screen.paint
    const paint = { pass: green, regressed: red, inconclusive: yellow }[comparison.verdict]
    const pairs = `${comparison.pairs} pairs${leftOut === '' ? '' : ` (left out: ${leftOut})`}`
    screen.line(`\n  ${paint(comparison.verdict)}   ${comparison.says}`)
    screen.line(`  ${dim(`${pairs} · ${kind} · on ${machine}`)}`)
    showSteps(comparison.steps, screen)
  }
  return comparison.verdict === 'pass' ? exit.ok : exit.failed
}

const isFolder = (name: string): boolean => name.includes('/')

async function sideOf(name: string, here: readonly Result[], from: string): Promise<Side> {
  if (!isFolder(name)) return { name, runs: runsOfRelease(name, here) }
  const runs = await resultsIn(resolve(from, name))
  if (runs.length > 0) return { name, runs }
  throw new OperatorError(name, 'holds no run', 'a folder of runs has a folder with a result.json for each', exit.usage)
}

function showSteps(steps: readonly StepComparison[], screen: Screen): void {
  const of = (cell: (step: StepComparison) => string) => steps.map(cell)
  const columns = [
    { name: 'step', cells: of(({ step }) => `    ${step}`) },
    { name: 'p95', cells: of(({ ratio }) => `p95 ${change(ratio)}`), right: true },
    { name: 'interval', cells: of(({ interval }) => range(interval)) },
    { name: 'p', cells: of(({ corrected }) => `p ${corrected.toFixed(3)}`) },
    { name: 'could see', cells: of(({ couldSee }) => (couldSee === null ? '' : `could see ${change(couldSee)}`)) },
    { name: 'verdict', cells: of(({ verdict }) => verdict) },
  ]
  screen.columns(columns, ['p', 'could see', 'interval'])
}
