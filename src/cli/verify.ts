import { untrusted } from '../../infrastructure/cdn/fetch.ts'
import type { Judgement } from '../core/check.ts'
import { exit, type ExitCode, OperatorError } from '../core/errors.ts'
import { type BoundCheck, judgementJson, tally, verify as judge } from '../core/verify.ts'
import type { World } from '../core/world.ts'
import { isAsConfigured } from '../targets/local/converge.ts'
import { verifyAndRecord } from './apply.ts'
import { componentsNamed, unknown } from './components.ts'
import { words } from './words.ts'
import { ProgressScreen } from './screen/progress.ts'
import { style } from './screen/style.ts'
import { guaranteeTable, summary } from './screen/table.ts'
import { textOption } from './open.ts'
import { openExisting, type Session } from './session.ts'
import type { VerbRun } from '../core/verb.ts'
import { checksOf } from './verify-url.ts'

export const verify: VerbRun = async (world, positional, options) => {
  const named = words(positional)
  const address = textOption(options, 'url')
  if (address !== undefined) return verifyElsewhere(address, named, world, options)
  const session = await openExisting(world, options)
  const checks = chosenChecks(session.composed.checks, named)
  // The live line goes to stderr, so that a pipe gets the table alone.
  const screen = new ProgressScreen(world.stderr, { silent: options['json'] === true || !world.stderr.isTTY })
  try {
    const judgements = await verifyAndRecord(session, checks, screen)
    const down = await enginesDown(session)
    if (options['json'] !== true) await sayWhatIsWrong(session, down, world)
    const code = showJudgements(judgements, world, options)
    const looked = new Set(checks.map(({ guarantee }) => guarantee.component))
    // Whatever the other one of two still answers: what is not there keeps no promise.
    return down.some(({ component }) => looked.has(component)) ? exit.failed : code
  } finally {
    screen.close()
  }
}

type Down = { readonly name: string; readonly component: string; readonly how: string }

/** The engines that do not run, and how each ended where that is known. */
async function enginesDown({ composed, supervisor }: Session): Promise<readonly Down[]> {
  const down: Down[] = []
  for (const { kind, name, component } of composed.plan) {
    if (kind !== 'engine') continue
    const { up, restarts } = await supervisor.status(name)
    if (up) continue
    const ended = await supervisor.lastEnd(name)
    down.push({ name, component, how: ended === undefined ? '' : ` (it ended ${ended}; ${restarts} restarts)` })
  }
  return down
}

/**
 * One engine that is down breaks many promises: that is said first, and once. One whose files a hand has changed may
 * keep them all, until it reads them.
 */
async function sayWhatIsWrong(session: Session, down: readonly Down[], { stdout }: World): Promise<void> {
  const { red, yellow } = style(stdout)
  for (const { name, how } of down)
    stdout.write(`\n  ${red('✗')} ${name} is down${how}: edge logs ${name} says more; edge deploy starts it\n`)
  for (const part of session.composed.plan) {
    const { kind, name } = part
    if (kind !== 'engine' || down.some((one) => one.name === name) || (await isAsConfigured(part, session))) continue
    stdout.write(`\n  ${yellow('!')} ${name} does not have the files of its configuration: edge plan says which\n`)
  }
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
  const checks = chosenChecks(await checksOf(address, options, world), named)
  if (checks.length === 0) {
    const hint = `edge verify cdn --url ${address}`
    throw new OperatorError('verify', 'of a site elsewhere, only cdn can be seen', hint, exit.usage)
  }
  const judgements = await judge(checks, world)
  const seen = judgements.map((judgement): Judgement => {
    const { verdict } = judgement
    if (verdict.is !== 'broken') return judgement
    const next = verdict.because.includes(untrusted) ? '--ca FILE names the authority that signed it' : ''
    return { ...judgement, verdict: { ...verdict, next } }
  })
  return showJudgements(seen, world, options)
}

export function showJudgements(
  judgements: readonly Judgement[],
  world: World,
  options: Readonly<Record<string, unknown>>,
): ExitCode {
  const sums = tally(judgements)
  if (options['json'] === true) {
    world.stdout.write(`${JSON.stringify({ ...sums, guarantees: judgements.map(judgementJson) }, undefined, 2)}\n`)
  } else {
    const all = options['all'] === true
    const shown = { all, now: world.now(), config: options['config'] }
    world.stdout.write(`\n${guaranteeTable(judgements, world.stdout, shown)}`)
    world.stdout.write(`\n  ${summary(sums)}${all ? '' : '   (--all says why the others are not claimed)'}\n`)
  }
  return sums.broken > 0 ? exit.failed : exit.ok
}

/** The checks that the words name: components, or guarantees by their id; all where there are none. */
export function chosenChecks(checks: readonly BoundCheck[], named: readonly string[]): readonly BoundCheck[] {
  if (named.length === 0) return checks
  const ids = new Set<string>(checks.map(({ guarantee }) => guarantee.id))
  return [...new Set(named)].flatMap((word) => {
    if (ids.has(word)) return checks.filter(({ guarantee }) => guarantee.id === word)
    if (word.includes('.')) throw unknown('guarantee', word, [...ids])
    const [component] = componentsNamed([word])
    return checks.filter(({ guarantee }) => guarantee.component === component)
  })
}
