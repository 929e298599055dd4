import {
  type Change as SetChange,
  CloudFormationClient,
  DeleteChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  paginateDescribeChangeSet,
} from '@aws-sdk/client-cloudformation'
import { OperatorError } from '../../core/errors.ts'
import type { ComponentName } from '../../core/guarantee.ts'
import type { Drift } from './drift.ts'
import { hostedType } from './hosted-rotation.ts'
import { dataLoss, lossesInSet } from './keep-data.ts'
import type { Placed } from './place.ts'
import type { StackPlan } from './plan.ts'

/** What an operator agreed to: a plan, and that what a hand changed is put back. */
export type Agreed = StackPlan & {
  readonly drifts: readonly Drift[]
  /** The component whose data may not be replaced or deleted; undefined where that was agreed to as well. */
  readonly keepsDataOf?: ComponentName | undefined
}

/** What was agreed to, with the component whose data CloudFormation may not replace or delete, whatever the plan says. */
export const withDataKept = (
  agreed: readonly Agreed[],
  stacks: readonly Pick<Placed, 'stack' | 'component'>[],
  allowed: readonly ComponentName[],
): readonly Agreed[] =>
  agreed.map((one) => {
    const component = stacks.find(({ stack }) => stack === one.stack)?.component
    return { ...one, keepsDataOf: component !== undefined && allowed.includes(component) ? undefined : component }
  })

/**
 * Holds a change set that CloudFormation made to the plan that was agreed to: in the time between, somebody else may have
 * deployed. Answers whether there is anything to do; where there is not, and where it throws, the change set is gone.
 * Throws OperatorError where it would do anything that the plan does not show.
 */
export async function requirePlanned(planned: Agreed, changeSet: string): Promise<boolean> {
  const client = new CloudFormationClient({ region: planned.region })
  const which = { StackName: planned.stack, ChangeSetName: changeSet }
  const found: SetChange[] = []
  for await (const page of paginateDescribeChangeSet({ client }, which)) {
    if (isEmptySet(page)) {
      await client.send(new DeleteChangeSetCommand(which))
      return false
    }
    found.push(...(page.Changes ?? []))
  }
  const losses = planned.keepsDataOf === undefined ? [] : lossesInSet(found)
  if (planned.keepsDataOf !== undefined && losses.length > 0) {
    await client.send(new DeleteChangeSetCommand(which))
    throw dataLoss(planned.stack, planned.keepsDataOf, losses)
  }
  const unplanned = found.flatMap((one) => unplannedIn(one, planned) ?? [])
  if (unplanned.length === 0) return true
  await client.send(new DeleteChangeSetCommand(which))
  throw new OperatorError(
    planned.stack,
    `CloudFormation would do what the plan does not show: ${unplanned.join(', ')}`,
    [
      'nothing of it was deployed; was something else deployed a moment ago?',
      'edge plan --target aws shows what it would be now',
    ],
  )
}

/**
 * Whether CloudFormation failed a change set because it found nothing to do, as where all that differs is what it calls no
 * change. By its words alone: a set without changes of resources may change what the stack answers.
 */
export const isEmptySet = ({
  Status: status,
  StatusReason: reason = '',
}: Pick<DescribeChangeSetCommandOutput, 'Status' | 'StatusReason'>): boolean =>
  status === 'FAILED' && nothingToDo.some((words) => reason.startsWith(words))
// The second where the template has a transform. The toolkit knows the same two, and keeps them to itself.
const nothingToDo = ["The submitted information didn't contain changes.", 'No updates are to be performed.']

/** What a change does that is not planned, in words; undefined where it is, or only follows from what is. */
export function unplannedIn(
  { ResourceChange: change }: SetChange,
  { changes, drifts, hosted = [] }: Agreed,
): string | undefined {
  const { LogicalResourceId: resource = '', Action: action, Replacement: replacement, Details: details } = change ?? {}
  const drift = drifts.find((one) => one.resource === resource)
  const putsBack = drift && ({ changed: 'change', deleted: 'add' } as const)[drift.how]
  const added = change?.ResourceType === hostedType ? hosted.find((one) => one.resource === resource) : undefined
  const does = changes.find((one) => one.resource === resource)?.action ?? putsBack ?? added?.action
  if (action === 'Remove') {
    return does === 'delete' || does === 'leave behind' ? undefined : `delete ${resource}`
  }
  if (action === 'Add') return does === 'add' ? undefined : `add ${resource}`
  const isReplaced = replacement === 'True'
  if (isReplaced) return does === 'replace' || does === 'may replace' ? undefined : `replace ${resource}`
  // Of what others are made of, CloudFormation says that it may change, before it knows whether it does.
  const follows = (details ?? []).every(({ Evaluation: evaluation }) => evaluation === 'Dynamic')
  return does !== undefined || follows ? undefined : `change ${resource}`
}
