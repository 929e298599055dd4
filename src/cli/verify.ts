import { rooms } from '../../infrastructure/rooms.ts'
import type { Judgement } from '../core/check.ts'
import { exit, type ExitCode, OperatorError } from '../core/errors.ts'
import { type BoundCheck, judgementJson, tally, verify as judge } from '../core/verify.ts'
import type { World } from '../core/world.ts'
import { unknown } from '../core/nearest.ts'
import { componentsNamed } from './components.ts'
import { style } from './screen/style.ts'
import { guaranteeTable, summary } from './screen/table.ts'
import { openTarget } from './target.ts'
import type { VerbRun } from '../core/verb.ts'
import { textOption, words } from '../core/options.ts'

/** Proves the guarantees on what runs, wherever that is. */
export const verify: VerbRun = async (world, positional, options) => {
  const named = words(positional)
  const address = textOption(options, 'url')
  if (address !== undefined) return verifyElsewhere(address, named, world, options)
  const target = await openTarget(world, options)
  const { judgements, lines, isDown, amiss = [] } = await target.verify((checks) => chosenChecks(checks, named))
  if (options['json'] !== true) for (const line of lines(style(world.stdout))) world.stdout.write(`${line}\n`)
  const code = showJudgements(judgements, world, options, amiss)
  return isDown || amiss.length > 0 ? exit.failed : code
}

/**
 * A site that somebody else deployed: nothing is written down of it, and what to type next is not ours to say, but for
 * whom to trust here.
 */
async function verifyElsewhere(
  address: string,
  named: readonly string[],
  world: World,
  options: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  if (options['target'] === 'aws') {
    const hint = 'edge verify cdn --url ADDRESS, without --target; or edge verify --target aws'
    throw new OperatorError('--url', 'is for a site that somebody else deployed', hint, exit.usage)
  }
  const visible = rooms.flatMap(({ name, elsewhere }) => (elsewhere ? [{ name, elsewhere }] : []))
  const judgements: Judgement[] = []
  for (const { elsewhere } of visible) {
    const { checks, next } = await (await elsewhere())(address, options, world)
    const judged = await judge(chosenChecks(checks, named), world)
    judgements.push(...judged.map((one) => withNext(one, next)))
  }
  if (judgements.length === 0) {
    const names = visible.map(({ name }) => name).join(', ')
    const hint = `edge verify ${names} --url ${address}`
    throw new OperatorError('verify', `of a site elsewhere, only ${names} can be seen`, hint, exit.usage)
  }
  return showJudgements(judgements, world, options)
}

const withNext = (judgement: Judgement, next: (because: string) => string): Judgement => {
  const { verdict } = judgement
  return verdict.is === 'broken' ? { ...judgement, verdict: { ...verdict, next: next(verdict.because) } } : judgement
}

function showJudgements(
  judgements: readonly Judgement[],
  world: World,
  options: Readonly<Record<string, unknown>>,
  amiss: readonly string[] = [],
): ExitCode {
  const sums = tally(judgements)
  if (options['json'] === true) {
    const more = amiss.length === 0 ? {} : { amiss }
    const all = { ...sums, ...more, guarantees: judgements.map(judgementJson) }
    world.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`)
  } else {
    const all = options['all'] === true
    const shown = { all, now: world.now(), config: options['config'] }
    world.stdout.write(`\n${guaranteeTable(judgements, world.stdout, shown)}`)
    world.stdout.write(`\n  ${summary(sums)}${all ? '' : '   (--all says why the others are not claimed)'}\n`)
    const { red } = style(world.stdout)
    for (const line of amiss) world.stdout.write(`  ${red('otherwise than it should be')}: ${line}\n`)
  }
  return sums.broken > 0 ? exit.failed : exit.ok
}

/** The checks that the words name: components, or guarantees by their id; all where there are none. */
function chosenChecks(checks: readonly BoundCheck[], named: readonly string[]): readonly BoundCheck[] {
  if (named.length === 0) return checks
  const ids = new Set<string>(checks.map(({ guarantee }) => guarantee.id))
  return [...new Set(named)].flatMap((word) => {
    if (ids.has(word)) return checks.filter(({ guarantee }) => guarantee.id === word)
    if (word.includes('.')) throw unknown('guarantee', word, [...ids])
    const components = componentsNamed([word])
    return checks.filter(({ guarantee }) => components.includes(guarantee.component))
  })
}
