import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { type Instances, planned } from './instances.ts'
import type { Network } from './network.ts'
import { functionAlarms, type CallingFunctionAlarm } from '../../../src/targets/aws/function-alarms.ts'
import { authoritiesInLambda, calledByRule, inlineFunction } from '../../../src/targets/aws/inline-function.ts'

/** What AWS runs. */
export const heartbeatCode = (): string =>
  readFileSync(join(import.meta.dirname, 'bundled/replica-heartbeat.cjs'), 'utf8')

/**
 * The heartbeat of each minute, so that the replica's lag is that of the replica, and a restored copy says of which minute it
 * is. It comes by the primary's own door: a pool
 * without a free connection has writers enough. It stands behind the group of what changes the password, which reaches the
 * database and Secrets Manager and is reached by nobody.
 */
export function beat(
  scope: Construct,
  name: string,
  { secret }: Instances,
  { vpc, groups }: Network,
  silent: readonly CallingFunctionAlarm[],
): void {
  const code = inlineFunction(scope, 'Beat', {
    functionName: `${name}-replica-heartbeat`,
    description: 'The heartbeat of each minute: without one the lag of the replica climbs on an idle primary',
    text: heartbeatCode(),
    timeout: Duration.seconds(30),
    environment: {
      SECRET: secret.secretArn,
      DATABASE: planned.database,
      READER: planned.reader,
      NODE_EXTRA_CA_CERTS: authoritiesInLambda,
    },
    vpc,
    vpcSubnets: { subnets: vpc.isolatedSubnets },
    securityGroups: [groups.rotation],
  })
  secret.grantRead(code)
  new Rule(scope, 'EachMinute', {
    ruleName: `${name}-each-minute`,
    description: 'The heartbeat of the replica',
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [calledByRule(code)],
  })
  functionAlarms(scope, name, silent)
}
