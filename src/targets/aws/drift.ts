import {
  CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceDriftsCommand,
  DetectStackDriftCommand,
} from '@aws-sdk/client-cloudformation'
import { OperatorError } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'

/** A resource that is not any more as it was deployed; CloudFormation knows this of most types, not of all. */
export type Drift = {
  readonly resource: string
  readonly how: 'changed' | 'deleted'
  readonly properties: readonly string[]
}

const pollEveryMs = 500

/** What somebody changed by hand since the last deployment of a stack. */
export async function driftOf(
  { stack, region }: { readonly stack: string; readonly region: string },
  world: Pick<World, 'sleep'>,
): Promise<readonly Drift[]> {
  const client = new CloudFormationClient({ region })
  const { StackDriftDetectionId: id } = await client.send(new DetectStackDriftCommand({ StackName: stack }))
  for (;;) {
    const { DetectionStatus: status, DetectionStatusReason: reason } = await client.send(
      new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId: id }),
    )
    if (status === 'DETECTION_COMPLETE') break
    if (status === 'DETECTION_FAILED') {
      throw new OperatorError(stack, `could not be compared: ${reason ?? 'no reason was given'}`, 'edge plan again')
    }
    await world.sleep(pollEveryMs)
  }
  const { StackResourceDrifts: found = [] } = await client.send(
    new DescribeStackResourceDriftsCommand({
      StackName: stack,
      StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'],
    }),
  )
  return found.map(({ LogicalResourceId: resource = '', StackResourceDriftStatus: status, PropertyDifferences }) => ({
    resource,
    how: status === 'DELETED' ? 'deleted' : 'changed',
    properties: (PropertyDifferences ?? []).map(({ PropertyPath: path = '' }) => path),
  }))
}
