import { Duration } from 'aws-cdk-lib/core'
import {
  Alarm as CloudWatchAlarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { Severity } from '../../core/severity.ts'
import {
  type AlarmOnAws,
  type CloudWatchAlarm as Rendered,
  cloudWatchAlarmsOf,
  descriptionOf,
  sumOf,
} from '../../core/cloudwatch-alarm.ts'

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
        alarmDescription: descriptionOf(alarm),
        metric: lookedAt(alarm, metric.with({ statistic: one.statistic })),
        threshold: one.threshold,
        comparisonOperator: operators[one.operator],
        evaluationPeriods: one.evaluationPeriods,
        treatMissingData: missing[one.missingData],
      }),
  )
}

/** A figure as it is, or the sum of it and others of the same thing. */
export function lookedAt({ metric }: AlarmOnAws, figure: Metric): IMetric {
  const sum = sumOf(metric)
  // The casts: CDK's types are not written for exactOptionalPropertyTypes, and its own metrics are none of its IMetrics.
  if (!sum) return figure as IMetric
  const { namespace, statistic, period, dimensions = {}, region } = figure
  const one = (metricName: string) =>
    new Metric({
      namespace,
      metricName,
      statistic,
      period,
      dimensionsMap: dimensions,
      ...(region === undefined ? {} : { region }),
    })
  const usingMetrics = Object.fromEntries(Object.entries(sum.figures).map(([id, name]) => [id, one(name) as IMetric]))
  return new MathExpression({ expression: sum.expression, usingMetrics, period }) as IMetric
}

export const periodOf = ({ period }: Pick<AlarmOnAws, 'period'>): Duration => Duration.millis(period.milliseconds)
