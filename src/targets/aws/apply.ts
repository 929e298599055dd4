import { Interrupted, OperatorError } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'
import type { Agreed } from './change-set.ts'
import { outputsOf } from './describe-stack.ts'
import { inOrder } from './order.ts'
import type { Placed } from './place.ts'
import { isDeployed, planOf, type StackPlan } from './plan.ts'
import { awsRefusal } from './refusal.ts'

/** Shows one piece of work under a line of its own. */
export type During = <Result>(
  name: string,
  work: (task: { readonly say: (text: string) => void }) => Promise<Result>,
  detail: (result: Result) => string,
) => Promise<Result>

type Told = Pick<World, 'signal' | 'stderr'>

/**
 * Deploys stacks one by one, each after those that it needs, and no more of each than was agreed to: one that is as it
 * should be is skipped. Throws OperatorError where one fails, with what is deployed so far and what was not begun.
 * Throws Interrupted where it is not waited for: CloudFormation goes on with the one that it has begun. Answers how much
 * was changed: resources and sections.
 */
export async function deployStacks(
  stacks: readonly Placed[],
  agreed: readonly Agreed[],
  during: During,
  world: Told,
): Promise<number> {
  let changed = 0
  await oneByOne(stacks, { ...deploying, world }, async (placed) => {
    const shown = agreed.find(({ stack }) => stack === placed.stack)
    if (!shown) throw new Error(`${placed.stack} was not planned`)
    if (isDeployed(shown) && shown.drifts.length === 0 && placed.needs.length === 0) return
    const work = (task: { say: (text: string) => void }) =>
      deployOne(placed, shown, { progress: task.say, signal: world.signal })
    changed += (await during('deploy', work, told)).changes
  })
  return changed
}

/** Waits until what is deployed serves, stack by stack; answers what the operator has to know of it. */
export async function settled(stacks: readonly Placed[], during: During, world: World): Promise<readonly string[]> {
  const waiting = stacks.flatMap(({ stack, settles }) => (settles ? [{ stack, settles }] : []))
  if (waiting.length === 0) return []
  const outputs = await outputsOf(stacks)
  const notes: string[] = []
  for (const { stack, settles } of waiting)
    notes.push(
      ...(await during(
        'serves',
        () => settles(outputs, world),
        () => stack,
      )),
    )
  return notes
}

/** Deletes stacks one by one, each before those that it needs; what they are told to retain stays. Throws as above. */
export async function destroyStacks(stacks: readonly Placed[], during: During, world: Told): Promise<void> {
  const there = inOrder(stacks).filter((placed) => stacks.includes(placed))
  await oneByOne(there.toReversed(), { ...destroying, world }, async (placed) => {
    const { destroyStack } = await import('./deploy.ts')
    const work = (task: { say: (text: string) => void }) =>
      destroyStack({ of: placed, progress: task.say, signal: world.signal })
    await during('destroy', work, () => placed.stack)
  })
}

type Work = { readonly progress: (text: string) => void; readonly signal: AbortSignal }

/** What was done to a stack: to how many of its resources and sections, and how many a hand had changed. */
type Done = { readonly stack: string; readonly changes: number; readonly putBack: number }

async function deployOne(placed: Placed, shown: Agreed, work: Work): Promise<Done> {
  // By now a stack that this one needs may answer what the plan could not know.
  const [now] = placed.needs.length === 0 ? [shown] : await planOf([placed])
  const of = requireShown(shown, now ?? shown)
  if (isDeployed(of) && of.drifts.length === 0) return doneTo(of, true)
  const outputs = await outputsOf(inOrder(placed.needs))
  // Loaded here: the toolkit takes two seconds, and where nothing is to change it is not needed.
  const { deployStack } = await import('./deploy.ts')
  const isChanged = await deployStack({ of, ...work }, (app) => placed.define(app, outputs))
  return doneTo(of, isChanged)
}

/** Throws OperatorError where a hand's changes are to be put back, and CloudFormation has found nothing to do. */
export function doneTo({ stack, region, changes, beside, drifts }: Agreed, isChanged: boolean): Done {
  if (isChanged) return { stack, changes: changes.length + beside.length, putBack: drifts.length }
  if (drifts.length === 0) return { stack, changes: 0, putBack: 0 }
  const differ = drifts.map(({ resource, how, properties }) =>
    properties.length === 0 ? `${resource} (${how})` : `${resource}: ${properties.join(', ')}`,
  )
  throw new OperatorError(stack, `was not put back: CloudFormation does nothing about ${differ.join('; ')}`, [
    'put it back by hand, as the template has it; nothing of the stack was changed',
    `aws cloudformation describe-stack-resource-drifts --stack-name ${stack} --region ${region} shows what it has to be`,
  ])
}

function told({ stack, changes, putBack }: Done): string {
  if (changes === 0 && putBack === 0) return `${stack}: unchanged`
  const count = `${changes} ${changes === 1 ? 'change' : 'changes'}`
  return `${stack}: ${count}${putBack === 0 ? '' : `, ${putBack} put back`}`
}

/**
 * What is to be done now, as far as it was agreed to. What the plan could not show is taken as agreed where the whole
 * stack is new: of what is not there nothing can be changed or deleted. Throws OperatorError for anything else.
 */
function requireShown({ drifts, keepsDataOf, ...shown }: Agreed, now: StackPlan): Agreed {
  const { waitsFor } = now
  const isNew = now.before === null && now.changes.every(({ action }) => action === 'add')
  const isShown = shown.waitsFor ? isNew : shown.before === now.before && shown.after === now.after
  if (isShown && !waitsFor) return { ...now, drifts, keepsDataOf }
  const why = waitsFor
    ? `needs what ${waitsFor.join(', ')} does not answer`
    : shown.waitsFor
      ? `is there already, and the plan could not show what would change`
      : 'is not what the plan shows: what it needs of other stacks, or what is deployed, has changed since'
  throw new OperatorError(now.stack, why, [
    'nothing of it was deployed',
    'edge plan --target aws shows what it would be',
  ])
}

type Verbs = {
  readonly done: string
  readonly rest: string
  /** What is done after an interruption. */
  readonly next: string
}
const deploying: Verbs = {
  done: 'deployed so far',
  rest: 'not begun',
  next: 'edge plan --target aws shows what is left to do when that has ended',
}
const destroying: Verbs = {
  done: 'deleted so far',
  rest: 'still there',
  next: 'the same command deletes what is left when that has ended',
}

async function oneByOne(
  stacks: readonly Placed[],
  { done, rest, next, world }: Verbs & { readonly world: Told },
  change: (placed: Placed) => Promise<void>,
): Promise<void> {
  for (const [index, placed] of stacks.entries()) {
    const sides = [
      [done, stacks.slice(0, index)],
      [rest, stacks.slice(index + 1)],
    ] as const
    const others = sides.flatMap(([says, some]) =>
      some.length === 0 ? [] : [`${says}: ${some.map(({ stack }) => stack).join(', ')}`],
    )
    if (world.signal.aborted) throw new Interrupted()
    try {
      await change(placed)
    } catch (error) {
      if (error instanceof Interrupted) sayWhatGoesOn(placed, [...others, next], world)
      const known = error instanceof OperatorError ? error : awsRefusal(error)
      if (!known || others.length === 0) throw error
      const [first = '', ...more] = known.hints
      throw new OperatorError(known.where, known.message, [first, ...others, ...more], known.exitCode)
    }
  }
}

function sayWhatGoesOn({ stack, region }: Placed, more: readonly string[], { stderr }: Told): void {
  stderr.write('\nCloudFormation goes on by itself with what it has begun:\n')
  stderr.write(`  aws cloudformation describe-stacks --stack-name ${stack} --region ${region} says how far it is\n`)
  for (const line of more) stderr.write(`  ${line}\n`)
}
