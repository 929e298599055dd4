import { Duration } from 'aws-cdk-lib/core'
import {
  Alarm as CloudWatchAlarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { type Alarm, boundariesOf } from '../../core/alarm.ts'

/** An alarm with the topic that carries it to people, by its ARN; without one it is shown, and calls nobody. */
export type CallingAlarm = Alarm & { readonly topic?: string | undefined }

/** An alarm as CloudWatch has it: one for each of its boundaries, in the unit of the metric. */
export function cloudWatchAlarms(
  scope: Construct,
  name: string,
  alarm: CallingAlarm,
  metric: IMetric,
): readonly CloudWatchAlarm[] {
  const boundaries = boundariesOf(alarm, alarm.metric.unit)
  return boundaries.map(({ side, at }) => {
    // A range has two, and each needs a name of its own.
    const id = boundaries.length === 1 ? alarm.id : `${alarm.id}-${side}`
    const made = new CloudWatchAlarm(scope, id, {
      alarmName: `${name}-${id}`,
      alarmDescription: alarm.says,
      metric,
      threshold: at,
      comparisonOperator:
        side === 'above' ? ComparisonOperator.GREATER_THAN_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: alarm.periods,
      treatMissingData: alarm.silence === 'fine' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
    })
    const { topic } = alarm
    if (topic !== undefined) {
      made.addAlarmAction({ bind: () => ({ alarmActionArn: topic }) })
      // Whoever was called is told, too, that it is over.
      made.addOkAction({ bind: () => ({ alarmActionArn: topic }) })
    }
    return made
  })
}

export const periodOf = (alarm: Alarm): Duration => Duration.millis(alarm.period.milliseconds)
