import { rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { exit, messageOf, OperatorError } from '../../core/errors.ts'
import type { Output, World } from '../../core/world.ts'
import { templatesOf } from '../../targets/aws/assembly.ts'
import { type Drift, driftOf } from '../../targets/aws/drift.ts'
import type { Action, Beside, Change } from '../../targets/aws/change.ts'
import { type AwsPlan, planOf, type StackPlan } from '../../targets/aws/plan.ts'
import { standingOf } from '../../targets/aws/stack-status.ts'
import { words } from '../words.ts'
import { textOption } from '../open.ts'
import { style } from '../screen/style.ts'
import type { VerbRun } from '../../core/verb.ts'
import { withConfig } from '../with-config.ts'
import { onlyCdn } from './only-cdn.ts'
import { openAws, type OpenedAws } from './open.ts'
import { outputFolder } from './stacks.ts'

/** What a deployment would change, in words; with `--out` also in a file that `edge deploy` takes. */
export const plan: VerbRun = async (world, positional, options) => {
  const named = words(positional)
  if (named.some((word) => word !== 'cdn')) throw onlyCdn('plan', named, 'edge plan cdn --target aws')
  const opened = await openAws(world, options)
  const planned = await makePlan(opened)
  const drifts = options['drift'] === true ? await driftsOf(planned, world) : []
  const out = textOption(options, 'out')
  if (out !== undefined) await writePlan(out, planned, world)
  if (options['json'] === true) {
    world.stdout.write(`${JSON.stringify({ target: 'aws', ...planned, drifts }, undefined, 2)}\n`)
    return exit.ok
  }
  showPlan(planned, world.stdout)
  for (const drift of drifts) showDrift(drift, world.stdout)
  if (out !== undefined) world.stdout.write(`\n${writtenTo(out, options['config'])}\n`)
  return exit.ok
}

/** What became of `--out`, with what is typed next. */
export function writtenTo(out: string, config: unknown): string {
  const next = `edge deploy cdn --target aws ${out} does that, and no more`
  return [`written to ${out}; ${next}`, withConfig(config, [next])].filter((line) => line !== undefined).join('\n')
}

async function writePlan(out: string, planned: AwsPlan, { cwd }: Pick<World, 'cwd'>): Promise<void> {
  await writeFile(resolve(cwd, out), `${JSON.stringify(planned, undefined, 2)}\n`).catch((error: unknown) => {
    const hint = 'name a file in a folder that is there, and that you may write to: --out plan.json'
    throw new OperatorError('--out', `cannot be written: ${messageOf(error)}`, hint, exit.usage)
  })
}

export async function makePlan({ configuration, account, define }: OpenedAws): Promise<AwsPlan> {
  const outdir = await outputFolder()
  try {
    const stacks = await Promise.all(templatesOf(define, outdir).map(planOf))
    return { instance: configuration.name, account, stacks }
  } finally {
    await rm(outdir, { recursive: true, force: true })
  }
}

export async function driftsOf({ stacks }: AwsPlan, world: World): Promise<readonly Drift[]> {
  const deployed = stacks.filter(({ before }) => before !== null)
  return (await Promise.all(deployed.map((one) => driftOf(one, world)))).flat()
}

/** What costs data or a moment of the site is written so that nobody reads over it. */
const called: Readonly<Record<Action, string>> = {
  add: 'add',
  change: 'change',
  'may replace': 'MAY REPLACE',
  replace: 'REPLACE',
  delete: 'DELETE',
  'leave behind': 'LEAVE BEHIND',
}
const lostWhen: Readonly<Record<string, string>> = {
  DeletionPolicy: 'any more when the stack is deleted, or it leaves the template',
  UpdateReplacePolicy: 'any more when another is made in its place',
}
const isLoud = (action: Action): boolean => action !== 'add' && action !== 'change'

export function showPlan({ account, stacks }: AwsPlan, output: Output): void {
  const { bold } = style(output)
  const longest = Math.max(...stacks.flatMap(({ changes }) => changes.map(({ resource }) => resource.length)))
  for (const { stack, region, changes, beside, before, status } of stacks) {
    output.write(`${bold(stack)}   account ${account}, ${region}${before === null ? ', not there yet' : ''}\n`)
    if (status !== undefined) showStanding(status, { stack, region }, output)
    for (const one of changes) showChange(one, longest, output)
    for (const one of beside) showBeside(one, output)
  }
  output.write(`\n${summaryOf(stacks)}\n`)
}

/** Where something stands in the way of a deployment, it and the next step. */
function showStanding(status: string, stack: Pick<StackPlan, 'stack' | 'region'>, output: Output): void {
  const standing = standingOf(status, stack)
  if (!standing) return
  const { red } = style(output)
  output.write(`  ${red(status)}: ${standing.says}\n    ${'next'.padEnd(11)}${standing.next}\n`)
}

function showChange(
  { resource, type, action, properties, noLongerKept = [] }: Change,
  longestName: number,
  output: Output,
): void {
  const { dim, red, yellow } = style(output)
  const paint = isLoud(action) ? red : yellow
  const what = properties.length === 0 ? '' : `: ${properties.join(', ')}`
  output.write(`  ${paint(called[action].padEnd(13))}${resource.padEnd(longestName)}  ${dim(`${type}${what}`)}\n`)
  for (const { policy, was, is } of noLongerKept) {
    const why = `${policy} was ${was}, and is ${is}`
    output.write(`  ${red('NOT KEPT'.padEnd(13))}${resource} ${lostWhen[policy] ?? ''}: ${why}\n`)
  }
}

function showBeside({ section, names }: Beside, output: Output): void {
  const { dim, yellow } = style(output)
  const what = names.length === 0 ? section : `${section.padEnd(34)}${dim(names.join(', '))}`
  output.write(`  ${yellow(called.change.padEnd(13))}${what}\n`)
}

/** Whether a deployment would change nothing at all: also what only the stack itself says may be missed by a verb. */
export const isDeployed = (stacks: readonly StackPlan[]): boolean =>
  stacks.every(({ before, after }) => before === after)

function summaryOf(stacks: readonly StackPlan[]): string {
  if (isDeployed(stacks)) return 'nothing to change'
  const changes = stacks.flatMap((one) => one.changes)
  if (changes.length === 0) return 'no resource changes, only what the stack says of itself: a deployment writes that'
  const loud = changes.filter(({ action }) => isLoud(action)).length
  const lost = changes.filter(({ noLongerKept }) => noLongerKept !== undefined).length
  const warnings = [
    loud === 0 ? 'none of them replaces or deletes anything' : `${loud} of them REPLACE OR DELETE something`,
    ...(lost === 0 ? [] : [`${lost} of them KEEP something NO LONGER`]),
  ]
  const { length: beside } = stacks.flatMap((one) => one.beside)
  const count = changes.length + beside
  return [`${count} ${count === 1 ? 'change' : 'changes'}`, ...warnings].join('; ')
}

export function showDrift({ resource, how, properties }: Drift, output: Output): void {
  const { red } = style(output)
  output.write(
    `  ${red(`${how} by hand`)}   ${resource}${properties.length === 0 ? '' : `: ${properties.join(', ')}`}\n`,
  )
}
