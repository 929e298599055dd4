import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import type { Check } from '../../../src/core/check.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { DatabaseEndpointOnAws } from './doors.ts'

const lookBackMs = 15 * 60_000
/** RDS measures each minute. */
const periodSeconds = 60
const configured = declaredBy('poolMaximum')

/**
 * How many connections the pool may open, and how many of them it had given to one client for good: RDS Proxy pins a
 * client that says SET, PREPARE or LISTEN, and a pool of pinned ones shares nothing.
 */
export const poolMaximum: Check<DatabaseEndpointOnAws> = async (endpoint, world) => {
  const [verdict, pinned] = await Promise.all([
    configured(endpoint, world),
    pinnedSessions(endpoint.deployed, world.now()),
  ])
  if (verdict.is === 'notClaimed') return verdict
  const facts = { ...verdict.evidence.facts, 'pinned sessions, most within 15 min': pinned ?? 'not measured yet' }
  return { ...verdict, evidence: { ...verdict.evidence, facts } }
}

/** The most of the last minutes; undefined where RDS has no figure of them. */
async function pinnedSessions({ client, id }: DeployedStack, now: Date): Promise<number | undefined> {
  const asked = new GetMetricStatisticsCommand({
    Namespace: 'AWS/RDS',
    MetricName: 'DatabaseConnectionsCurrentlySessionPinned',
    Dimensions: [{ Name: 'ProxyName', Value: id('Pool') }],
    StartTime: new Date(now.getTime() - lookBackMs),
    EndTime: now,
    Period: periodSeconds,
    Statistics: ['Maximum'],
  })
  const { Datapoints: points = [] } = await new CloudWatchClient(client).send(asked)
  const values = points.flatMap(({ Maximum: value }) => value ?? [])
  return values.length === 0 ? undefined : Math.max(...values)
}
