import { type Alarm, boundariesOf, statisticAt } from './alarm.ts'
import { seconds } from './units.ts'

/**
 * An alarm as CloudWatch can have one. `stays`: where nothing was measured, it goes on as it was: what was not tried has
 * not been seen to work again.
 */
export type AlarmOnAws = Omit<Alarm, 'local' | 'silence'> & { readonly silence: Alarm['silence'] | 'stays' }

/** An alarm in the words of CloudWatch's PutMetricAlarm. */
export type CloudWatchAlarm = {
  /** Of the instance's alarm: a range has two, and each needs a name of its own. */
  readonly name: string
  readonly metric: string
  readonly statistic: string
  readonly operator: 'GreaterThanThreshold' | 'LessThanThreshold'
  /** In the unit of the metric. */
  readonly threshold: number
  /** Seconds. */
  readonly period: number
  readonly evaluationPeriods: number
  readonly missingData: 'notBreaching' | 'breaching' | 'ignore'
}

const missingData = { fine: 'notBreaching', fires: 'breaching', stays: 'ignore' } as const
/** What CloudWatch is told of data that is missing. */
export const missingDataOf = ({ silence }: Pick<AlarmOnAws, 'silence'>): CloudWatchAlarm['missingData'] =>
  missingData[silence]

/** One for each boundary. */
export function cloudWatchAlarmsOf(alarm: AlarmOnAws): readonly CloudWatchAlarm[] {
  const { id, metric, period, periods } = alarm
  const boundaries = boundariesOf(alarm, metric.unit)
  return boundaries.map(({ side, at }) => ({
    name: boundaries.length === 1 ? id : `${id}-${side}`,
    metric: metric.name,
    statistic: statisticAt(alarm, side),
    operator: side === 'above' ? 'GreaterThanThreshold' : 'LessThanThreshold',
    threshold: at,
    period: seconds(period),
    evaluationPeriods: periods,
    missingData: missingDataOf(alarm),
  }))
}
