import { OperatorError } from '../../core/errors.ts'
import type { Drift } from './drift.ts'
import type { Placed } from './place.ts'
import type { StackPlan } from './plan.ts'

type Agreed = Pick<StackPlan, 'stack' | 'before' | 'after'> & { readonly drifts: readonly Drift[] }

/**
 * Throws OperatorError where a deployment would change a stack of which something else has taken the place of a resource:
 * what was written there since would be lost to whoever comes, and two would take writes.
 */
export async function requireNoneTakenOver(
  stacks: readonly Agreed[],
  placed: readonly Pick<Placed, 'stack' | 'takenOver'>[],
): Promise<void> {
  for (const { stack, before, after, drifts } of stacks) {
    const isChanged = before !== null && (before !== after || drifts.length > 0)
    const over = isChanged ? await placed.find((one) => one.stack === stack)?.takenOver() : undefined
    if (over) throw new OperatorError(stack, over.what, ['nothing was deployed', ...over.next])
  }
}
