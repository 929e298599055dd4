import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { type Instances, planned } from './instances.ts'
import type { Network } from './network.ts'
import { calledByRule, inlineFunction } from '../../../src/targets/aws/inline-function.ts'

/** What AWS runs: the text of the file as it is. */
export const heartbeatCode = (): string => readFileSync(join(import.meta.dirname, 'replica-heartbeat.cjs'), 'utf8')

/** Where Lambda's own runtime has Amazon's authorities; it reads them only where it is told to. */
export const authoritiesInLambda = '/var/runtime/ca-cert.pem'

/**
 * A transaction each minute, so that the replica's lag is that of the replica. It comes by the primary's own door: a pool
 * without a free connection has writers enough. It stands behind the group of what changes the password, which reaches the
 * database and Secrets Manager and is reached by nobody.
 */
export function beat(scope: Construct, name: string, { secret }: Instances, { vpc, groups }: Network): void {
  const code = inlineFunction(scope, 'Beat', {
    functionName: `${name}-replica-heartbeat`,
    description: 'A transaction each minute: without one the lag of the replica climbs on an idle primary',
    text: heartbeatCode(),
    timeout: Duration.seconds(30),
    environment: {
      SECRET: secret.secretArn,
      DATABASE: planned.database,
      NODE_EXTRA_CA_CERTS: authoritiesInLambda,
    },
    vpc,
    vpcSubnets: { subnets: vpc.isolatedSubnets },
    securityGroups: [groups.rotation],
  })
  secret.grantRead(code)
  new Rule(scope, 'EachMinute', {
    description: 'The heartbeat of the replica',
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [calledByRule(code)],
  })
}
