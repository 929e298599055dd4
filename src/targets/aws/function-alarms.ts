import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { cloudWatchAlarms, periodOf } from './alarm.ts'
import { calls } from './calls.ts'
import { type FunctionAlarm, lookedAtBy } from '../../core/own-function.ts'

/** One of them, with the topic that carries it; without one it is shown, and calls nobody. */
export type CallingFunctionAlarm = FunctionAlarm & { readonly topic?: string | undefined }

/**
 * Alarms about functions and rules, each of which calls by itself: one that rings for days, as a webhook that nobody mends, would hold
 * back whatever else one letter is sent for. `name`: of the instance.
 */
export function functionAlarms(scope: Construct, name: string, alarms: readonly CallingFunctionAlarm[]): void {
  for (const alarm of alarms) {
    const { namespace, dimensions } = lookedAtBy(alarm, name)
    const metric = new Metric({
      namespace,
      metricName: alarm.metric.name,
      statistic: alarm.metric.statistic,
      period: periodOf(alarm),
      dimensionsMap: dimensions,
    })
    for (const made of cloudWatchAlarms(scope, name, alarm, metric))
      if (alarm.topic !== undefined) calls(made, alarm.topic)
  }
}
