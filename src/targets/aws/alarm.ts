import { Duration } from 'aws-cdk-lib/core'
import {
  Alarm as CloudWatchAlarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { Alarm } from '../../core/alarm.ts'
import { magnitude } from '../../core/units.ts'

/** An alarm as CloudWatch has it; the metric's unit is that of the bound: per cent, milliseconds, bytes, a count. */
export function cloudWatchAlarm(scope: Construct, name: string, alarm: Alarm, metric: IMetric): CloudWatchAlarm {
  const above = 'above' in alarm.fires
  const bound = 'above' in alarm.fires ? alarm.fires.above : alarm.fires.below
  return new CloudWatchAlarm(scope, alarm.id, {
    alarmName: `${name}-${alarm.id}`,
    alarmDescription: alarm.says,
    metric,
    threshold: magnitude(bound),
    comparisonOperator: above ? ComparisonOperator.GREATER_THAN_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: alarm.periods,
    treatMissingData: alarm.silence === 'fine' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
  })
}

export const periodOf = (alarm: Alarm): Duration => Duration.millis(alarm.period.milliseconds)
