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
  const there: readonly ComponentName[] = [...new Set(stacks.map(({ component }) => component))]
  const without = named.filter((name) => !there.includes(name))
  if (without.length > 0) {
    const what = `on AWS there is no stack of ${without.join(', ')} yet, only of ${there.join(', ')}`
    throw new OperatorError(verb, what, `edge ${verb} ${there.join(' ')} --target aws`, exit.usage)
  }
  const isWanted = ({ component }: Placed): boolean =>
    (named.length === 0 || named.includes(component)) && !skipped.includes(component)
  return inOrder(stacks.filter(isWanted)).filter(({ component }) => !skipped.includes(component))
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
      `edge deploy ${more.join(' ')} --target aws --yes adds what it names; edge plan shows what that is`,
    ],
    exit.usage,
  )
}
