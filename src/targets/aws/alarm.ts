import { Duration } from 'aws-cdk-lib/core'
import {
  Alarm as CloudWatchAlarm,
  ComparisonOperator,
  type IMetric,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { Severity } from '../../core/severity.ts'
import { type AlarmOnAws, type CloudWatchAlarm as Rendered, cloudWatchAlarmsOf } from '../../core/cloudwatch-alarm.ts'

/** An alarm with the topic that carries it to people, by its ARN; without one it is shown, and calls nobody. */
export type CallingAlarm = AlarmOnAws & { readonly severity: Severity; readonly topic?: string | undefined }

const operators: Readonly<Record<Rendered['operator'], ComparisonOperator>> = {
  GreaterThanThreshold: ComparisonOperator.GREATER_THAN_THRESHOLD,
  LessThanThreshold: ComparisonOperator.LESS_THAN_THRESHOLD,
}
const missing: Readonly<Record<Rendered['missingData'], TreatMissingData>> = {
  breaching: TreatMissingData.BREACHING,
  ignore: TreatMissingData.IGNORE,
  notBreaching: TreatMissingData.NOT_BREACHING,
}

/** An alarm as CloudWatch has it: one for each of its boundaries, in the unit of the metric. Whom they call is in calls.ts. */
export function cloudWatchAlarms(
  scope: Construct,
  name: string,
  alarm: CallingAlarm,
  metric: Metric,
): readonly CloudWatchAlarm[] {
  return cloudWatchAlarmsOf(alarm).map(
    (one) =>
      new CloudWatchAlarm(scope, one.name, {
        alarmName: `${name}-${one.name}`,
        alarmDescription: alarm.says,
        // CDK's types are not written for exactOptionalPropertyTypes: its own metric is none of its IMetrics.
        metric: metric.with({ statistic: one.statistic }) as IMetric,
        threshold: one.threshold,
        comparisonOperator: operators[one.operator],
        evaluationPeriods: one.evaluationPeriods,
        treatMissingData: missing[one.missingData],
      }),
  )
}

export const periodOf = ({ period }: Pick<AlarmOnAws, 'period'>): Duration => Duration.millis(period.milliseconds)
