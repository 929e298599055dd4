import { exit, OperatorError } from '../../core/errors.ts'
import type { ComponentName } from '../../core/guarantee.ts'
import type { Wanted } from '../../core/target.ts'
import { inOrder } from './order.ts'
import type { Placed } from './place.ts'
import type { StackPlan } from './plan.ts'

/**
 * The stacks that are wanted with those that they need, in the order in which they are deployed. Throws OperatorError
 * (exit 2) where a component is named that has none: one that is left out without a word is taken for done.
 */
export function chosenStacks(
  stacks: readonly Placed[],
  { named, skipped }: Wanted,
  verb: 'plan' | 'deploy',
): readonly Placed[] {
  requireStacks(stacks, named, verb)
  const isWanted = ({ component }: Placed): boolean =>
    (named.length === 0 || named.includes(component)) && !skipped.includes(component)
  return inOrder(stacks.filter(isWanted)).filter(({ component }) => !skipped.includes(component))
}

/**
 * The stacks that are deleted: of those that are there, those of the components that are named; all where none is. Throws
 * OperatorError where one that stays stands on one of them.
 */
export function doomedStacks(there: readonly Placed[], named: readonly ComponentName[]): readonly Placed[] {
  const doomed = there.filter(({ component }) => named.length === 0 || named.includes(component))
  const staying = there.filter((one) => !doomed.includes(one) && one.needs.some((needed) => doomed.includes(needed)))
  if (staying.length === 0) return doomed
  const [words, components] = [staying.map(({ stack }) => stack), staying.map(({ component }) => component)]
  throw new OperatorError('destroy', `${words.join(', ')} needs ${named.join(', ')}, and would stay`, [
    'nothing was deleted',
    `edge destroy ${[...new Set([...named, ...components])].join(' ')} --target aws deletes both`,
  ])
}

/** Throws OperatorError (exit 2) where a component is named that has no stack. */
export function requireStacks(stacks: readonly Placed[], named: readonly ComponentName[], verb: string): void {
  const there: readonly ComponentName[] = [...new Set(stacks.map(({ component }) => component))]
  const without = named.filter((name) => !there.includes(name))
  if (without.length === 0) return
  const what = `on AWS there is no stack of ${without.join(', ')} yet, only of ${there.join(', ')}`
  throw new OperatorError(verb, what, `edge ${verb} ${there.join(' ')} --target aws`, exit.usage)
}

/**
 * Throws OperatorError (exit 2) where nobody is asked, nothing is named, and stacks of more components would come beside
 * those that are there: a pipeline of an earlier version, which meant the CDN alone, must not order a database for it.
 */
export function requireNamed(
  planned: readonly Pick<StackPlan, 'stack' | 'before'>[],
  stacks: readonly Pick<Placed, 'stack' | 'component'>[],
): void {
  const componentsOf = (isMeant: (one: Pick<StackPlan, 'before'>) => boolean): readonly ComponentName[] => {
    const meant = new Set(planned.filter(isMeant).map(({ stack }) => stack))
    return [...new Set(stacks.filter(({ stack }) => meant.has(stack)).map(({ component }) => component))]
  }
  const there = componentsOf(({ before }) => before !== null)
  const more = componentsOf(({ before }) => before === null).filter((component) => !there.includes(component))
  if (there.length === 0 || more.length === 0) return
  throw new OperatorError(
    'deploy',
    `would add ${more.join(', ')} to ${there.join(', ')}, and --yes asks nobody`,
    [
      `edge deploy ${there.join(' ')} --target aws --yes deploys what is there; --skip leaves a component out`,
      `edge deploy ${more.join(' ')} --target aws --yes adds what it names; edge plan --target aws shows what that is`,
    ],
    exit.usage,
  )
}
