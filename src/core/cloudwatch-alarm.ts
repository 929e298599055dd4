import { type Alarm, boundariesOf, type MeasuredOnAws, statisticAt } from './alarm.ts'
import { seconds } from './units.ts'

/** An alarm as CloudWatch can have one. */
export type AlarmOnAws = Omit<Alarm, 'local' | 'silence'> & Pick<MeasuredOnAws, 'silence'>

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

/** What an alarm looks at that is no figure by itself: a sum, in the words of CloudWatch's metric maths. */
type Sum = {
  readonly expression: string
  /** By the names that the expression has for them. */
  readonly figures: Readonly<Record<string, string>>
}

/**
 * The sum that an alarm looks at; undefined where it looks at a figure. Of figures of which one has a point and another none,
 * CloudWatch takes the other for 0; where none has a point, the sum has none.
 */
export function sumOf({ name, plus = [], measuredWith }: AlarmOnAws['metric']): Sum | undefined {
  if (plus.length === 0 && measuredWith === undefined) return undefined
  const figures = [name, ...plus, ...(measuredWith === undefined ? [] : [measuredWith])]
  return {
    expression: [
      ...[name, ...plus].map(idOf),
      ...(measuredWith === undefined ? [] : [`0 * ${idOf(measuredWith)}`]),
    ].join(' + '),
    figures: Object.fromEntries(figures.map((one) => [idOf(one), one])),
  }
}

/** CloudWatch wants it to begin with a small letter. */
const idOf = (figure: string): string => figure.charAt(0).toLowerCase() + figure.slice(1)

/** What an alarm looks at, for people: `Errors + Throttles`. */
export const figureName = (metric: AlarmOnAws['metric']): string => {
  const sum = sumOf(metric)
  return sum === undefined ? metric.name : worded(sum.expression, sum.figures)
}

/** An expression with the figures' own names in the place of those that it has for them. */
export const worded = (expression: string, figures: Readonly<Record<string, string>>): string =>
  expression.replaceAll(/[A-Za-z]\w*/g, (id) => figures[id] ?? id)

const missingData = { fine: 'notBreaching', fires: 'breaching', stays: 'ignore' } as const
/** What CloudWatch is told of data that is missing. */
export const missingDataOf = ({ silence }: Pick<AlarmOnAws, 'silence'>): CloudWatchAlarm['missingData'] =>
  missingData[silence]

/**
 * What a letter of CloudWatch says beside the figure: what it is about, what that means, how to look, and where it stands what
 * to do. CloudWatch takes 1,024 characters.
 */
export const descriptionOf = ({
  says,
  means,
  look,
  lookOnAws = look,
  runbook,
}: Pick<AlarmOnAws, 'says' | 'means' | 'look' | 'lookOnAws' | 'runbook'>): string =>
  `${says} ${means} Look: ${lookOnAws}${lookOnAws.endsWith('?') ? '' : '.'} What to do: docs/runbooks/${runbook}`

/** One for each boundary. */
export function cloudWatchAlarmsOf(alarm: AlarmOnAws): readonly CloudWatchAlarm[] {
  const { id, metric, period, periods } = alarm
  const boundaries = boundariesOf(alarm, metric.unit)
  return boundaries.map(({ side, at }) => ({
    name: boundaries.length === 1 ? id : `${id}-${side}`,
    metric: figureName(metric),
    statistic: statisticAt(alarm, side),
    operator: side === 'above' ? 'GreaterThanThreshold' : 'LessThanThreshold',
    threshold: at,
    period: seconds(period),
    evaluationPeriods: periods,
    missingData: missingDataOf(alarm),
  }))
}
