import { OperatorError } from '../../core/errors.ts'
import { lifts } from './deletion-protection.ts'
import { absent } from './describe-stack.ts'
import { looked } from './look-for-protection.ts'
import type { StackPlan } from './plan.ts'
import { obstacleOf } from './stack-status.ts'

/**
 * Throws OperatorError where a stack is in a state that no deployment leaves, with each command that does: its template may
 * be the one that is wanted, and it would be taken for deployed.
 */
export async function requireWhole(stacks: readonly StackPlan[]): Promise<void> {
  for (const one of stacks) {
    const { stack, region, status } = one
    if (status === undefined || absent.has(status)) continue
    const obstacle = obstacleOf(status, one)
    if (obstacle === undefined) continue
    // What is protected would stop its deletion, too.
    const kept = obstacle.deletes === true ? (await looked([{ stack, region }])).filter(isInTheWay) : []
    const lifted = kept.map((each) => lifts(each, region))
    throw new OperatorError(stack, `${status}: ${obstacle.says}`, ['nothing was deployed', ...lifted, obstacle.next])
  }
}

const isInTheWay = ({ isProtected, stays }: { readonly isProtected: boolean; readonly stays: boolean }): boolean =>
  isProtected && !stays
