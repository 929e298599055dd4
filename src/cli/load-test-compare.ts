import { join, resolve } from 'node:path'
import { change, compare, range, type StepComparison } from '../../infrastructure/load-testing/comparison/compare.ts'
import { choosePairs, runsOfRelease, type Side } from '../../infrastructure/load-testing/comparison/sides.ts'
import { type Result, resultsIn } from '../../infrastructure/load-testing/result.ts'
import { exit, type ExitCode, OperatorError } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { columnLines } from './screen/columns.ts'
import { style } from './screen/style.ts'
import { openExisting } from './session.ts'

/** `edge load-test compare BASE CANDIDATE`: each a release that was measured here, or a folder of runs. */
export async function compareRuns(
  world: World,
  [base, candidate, ...more]: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  if (base === undefined || candidate === undefined || more.length > 0) {
    throw new OperatorError(
      'load-test compare',
      'takes two releases, or folders of runs',
      'edge load-test compare BASE CANDIDATE; edge releases lists them',
      exit.usage,
    )
  }
  const here = [base, candidate].every(isFolder) ? [] : await runsHere(world, options)
  const chosen = choosePairs(await sideOf(base, here, world), await sideOf(candidate, here, world))
  const comparison = compare(chosen.pairs)
  const { kind, machine, leftOut } = chosen
  if (options['json'] === true) {
    const runs = chosen.pairs.map((pair) => ({ base: pair.base.startedAt, candidate: pair.candidate.startedAt }))
    const answer = { ...comparison, base, candidate, kind, machine, leftOut, runs }
    world.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`)
  } else {
    const { green, red, yellow, dim } = style(world.stdout)
    const paint = { pass: green, regressed: red, inconclusive: yellow }[comparison.verdict]
    const pairs = `${comparison.pairs} pairs${leftOut === '' ? '' : ` (left out: ${leftOut})`}`
    const head = [
      `  ${paint(comparison.verdict)}   ${comparison.says}`,
      `  ${dim(`${pairs} · ${kind} · on ${machine}`)}`,
    ]
    world.stdout.write(`\n${[...head, ...stepLines(comparison.steps, world)].join('\n')}\n`)
  }
  return comparison.verdict === 'pass' ? exit.ok : exit.failed
}

const isFolder = (name: string): boolean => name.includes('/')

async function runsHere(world: World, options: Readonly<Record<string, unknown>>): Promise<readonly Result[]> {
  const { instance } = await openExisting(world, options)
  return resultsIn(join(instance.state, 'load-tests'))
}

async function sideOf(name: string, here: readonly Result[], world: World): Promise<Side> {
  if (!isFolder(name)) return { name, runs: runsOfRelease(name, here) }
  const runs = await resultsIn(resolve(world.cwd, name))
  if (runs.length > 0) return { name, runs }
  throw new OperatorError(name, 'holds no run', 'a folder of runs has a folder with a result.json for each', exit.usage)
}

function stepLines(steps: readonly StepComparison[], world: World): readonly string[] {
  const of = (cell: (step: StepComparison) => string) => steps.map(cell)
  const columns = [
    { name: 'step', cells: of(({ step }) => `    ${step}`) },
    { name: 'p95', cells: of(({ ratio }) => `p95 ${change(ratio)}`), right: true },
    { name: 'interval', cells: of(({ interval }) => range(interval)) },
    { name: 'p', cells: of(({ corrected }) => `p ${corrected.toFixed(3)}`) },
    { name: 'could see', cells: of(({ couldSee }) => (couldSee === null ? '' : `could see ${change(couldSee)}`)) },
    { name: 'verdict', cells: of(({ verdict }) => verdict) },
  ]
  return columnLines(columns, ['p', 'could see', 'interval'], world.stdout)
}
