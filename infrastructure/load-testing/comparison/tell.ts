import { exit, type ExitCode } from '../../../src/core/errors.ts'
import type { Options } from '../../../src/core/options.ts'
import type { Screen } from '../../../src/core/screen.ts'
import type { World } from '../../../src/core/world.ts'
import { change, compare, range, type StepComparison } from './compare.ts'
import type { Chosen } from './sides.ts'

/** What both sides are called. */
export type Names = { readonly base: string; readonly candidate: string }

/** A comparison as programs read it. */
export function answerOf(names: Names, chosen: Chosen) {
  const { kind, machine, leftOut, pairs } = chosen
  const runs = pairs.map(({ base, candidate }) => ({ base: base.startedAt, candidate: candidate.startedAt }))
  return { ...compare(chosen), ...names, kind, machine, leftOut, runs }
}
type Answer = ReturnType<typeof answerOf>

export function writeJson(answer: object, world: World, options: Options): void {
  if (options['json'] === true) world.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`)
}

/** Says what came of a comparison, to a program or to somebody who reads. */
export function tell(answer: Answer, world: World, options: Options, screen: Screen): ExitCode {
  writeJson(answer, world, options)
  if (options['json'] !== true) {
    const { green, red, yellow, dim } = screen.paint
    const paint = { pass: green, regressed: red, inconclusive: yellow }[answer.verdict]
    const pairs = `${answer.pairs} pairs${answer.leftOut === '' ? '' : ` (left out: ${answer.leftOut})`}`
    screen.line(`\n  ${paint(answer.verdict)}   ${answer.says}`)
    screen.line(`  ${dim(`${pairs} · ${answer.kind} · on ${answer.machine}`)}`)
    showSteps(answer.steps, screen)
  }
  return answer.verdict === 'pass' ? exit.ok : exit.failed
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
