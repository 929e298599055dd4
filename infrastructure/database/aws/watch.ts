import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { type CallingAlarm, cloudWatchAlarms, periodOf } from '../../../src/targets/aws/alarm.ts'
import { callTogether } from '../../../src/targets/aws/calls.ts'
import type { Instances } from './instances.ts'

/** Only the replica has a lag; all else is about the primary, on which both read and write. */
const ofReplica = new Set(['ReplicaLag'])

/** The alarms about the database, on what RDS measures by itself. */
export function watch(
  scope: Construct,
  name: string,
  { primary, replica }: Instances,
  alarms: readonly CallingAlarm[],
): void {
  const watching = alarms.map((alarm) => {
    const { instanceIdentifier } = ofReplica.has(alarm.metric.name) ? replica : primary
    const metric = new Metric({
      namespace: 'AWS/RDS',
      metricName: alarm.metric.name,
      statistic: alarm.metric.statistic,
      period: periodOf(alarm),
      dimensionsMap: { DBInstanceIdentifier: instanceIdentifier },
    })
    return { alarm, made: cloudWatchAlarms(scope, name, alarm, metric) }
  })
  callTogether(scope, `${name}-database`, watching)
}
