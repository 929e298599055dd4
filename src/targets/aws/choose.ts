import { exit, OperatorError } from '../../core/errors.ts'
import type { ComponentName } from '../../core/guarantee.ts'
import type { Wanted } from '../../core/target.ts'
import { inOrder } from './order.ts'
import type { Placed } from './place.ts'

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
