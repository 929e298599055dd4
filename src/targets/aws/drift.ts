import {
  CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  DetectStackDriftCommand,
  paginateDescribeStackResourceDrifts,
  type PropertyDifference,
  type StackResourceDrift,
} from '@aws-sdk/client-cloudformation'
import { OperatorError } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'

/** A resource that is not any more as it was deployed; CloudFormation knows this of most types, not of all. */
export type Drift = {
  readonly resource: string
  readonly how: 'changed' | 'deleted'
  readonly properties: readonly string[]
}

/** Storage of a database that is more than its template says: it grew by itself, and RDS takes none of it back. */
export type Grown = { readonly resource: string; readonly gibibytes: number }

export type Compared = { readonly drifts: readonly Drift[]; readonly grown: readonly Grown[] }

const pollEveryMs = 500
const comparedWithinMs = 600_000

/**
 * What somebody changed by hand since the last deployment of a stack. Throws OperatorError where CloudFormation cannot
 * compare a resource, with what it saw of the others, and where it takes longer than ten minutes.
 */
export async function driftOf(
  { stack, region }: { readonly stack: string; readonly region: string },
  world: Pick<World, 'sleep' | 'now'>,
): Promise<Compared> {
  const client = new CloudFormationClient({ region })
  const { StackDriftDetectionId: id } = await client.send(new DetectStackDriftCommand({ StackName: stack }))
  const failed = await failureOf(client, stack, id, world)
  const found = await foundIn(client, stack)
  const drifts = driftsIn(found)
  if (failed === undefined) return { drifts, grown: grownIn(found) }
  const others = drifts.map(({ resource, how }) => `${resource} was ${how}`)
  throw new OperatorError(stack, `could not be compared as a whole: ${failed}`, [
    others.length === 0 ? 'of what could be compared, nothing was changed' : `seen all the same: ${others.join(', ')}`,
    'may these credentials read each of its resources? then edge plan --target aws --drift again',
  ])
}

/** Waits for the end of a comparison; why it failed, or undefined. */
async function failureOf(
  client: CloudFormationClient,
  stack: string,
  id: string | undefined,
  { sleep, now }: Pick<World, 'sleep' | 'now'>,
): Promise<string | undefined> {
  const until = now().getTime() + comparedWithinMs
  for (;;) {
    const { DetectionStatus: status, DetectionStatusReason: reason } = await client.send(
      new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId: id }),
    )
    if (status === 'DETECTION_COMPLETE') return undefined
    if (status === 'DETECTION_FAILED') return reason ?? 'no reason was given'
    if (now().getTime() > until)
      throw new OperatorError(stack, `is not compared within ${comparedWithinMs / 60_000} minutes`, 'run this again')
    await sleep(pollEveryMs)
  }
}

async function foundIn(client: CloudFormationClient, stack: string): Promise<readonly StackResourceDrift[]> {
  const found: StackResourceDrift[] = []
  const asked = { StackName: stack, StackResourceDriftStatusFilters: ['MODIFIED' as const, 'DELETED' as const] }
  for await (const page of paginateDescribeStackResourceDrifts({ client }, asked))
    found.push(...(page.StackResourceDrifts ?? []))
  return found
}

/**
 * What a hand changed. The storage of a database that grows by itself is no such thing: RDS takes none of it back, and
 * would refuse a deployment that asks for that.
 */
export function driftsIn(found: readonly StackResourceDrift[]): readonly Drift[] {
  return found.flatMap((one): Drift | [] => {
    const { LogicalResourceId: resource = '', StackResourceDriftStatus: status, PropertyDifferences: all = [] } = one
    if (status === 'DELETED') return { resource, how: 'deleted', properties: [] }
    const byHand = all.filter((difference) => !hasGrown(one, difference))
    if (all.length > 0 && byHand.length === 0) return []
    return { resource, how: 'changed', properties: byHand.map(({ PropertyPath: path = '' }) => path) }
  })
}

export const grownIn = (found: readonly StackResourceDrift[]): readonly Grown[] =>
  found.flatMap((one) =>
    (one.PropertyDifferences ?? [])
      .filter((difference) => hasGrown(one, difference))
      .map(({ ActualValue: is }) => ({ resource: one.LogicalResourceId ?? '', gibibytes: Number(is) })),
  )

const hasGrown = (
  { ResourceType: type }: StackResourceDrift,
  { PropertyPath: path, ExpectedValue: was, ActualValue: is }: PropertyDifference,
): boolean => type === 'AWS::RDS::DBInstance' && path === '/AllocatedStorage' && Number(is) > Number(was)
