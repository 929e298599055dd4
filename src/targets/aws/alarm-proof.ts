import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import type { TemplateContent } from './assembly.ts'
import { boundariesOf, type Boundary, statisticAt } from '../../core/alarm.ts'
import {
  type AlarmOnAws,
  descriptionOf,
  figureName,
  missingDataOf,
  sumOf,
  worded,
} from '../../core/cloudwatch-alarm.ts'
import { seconds } from '../../core/units.ts'
import type { CallingAlarm } from './alarm.ts'
import { byOwnProvisioner, onEmulator, type RoomProof } from './proof.ts'
import { referred } from './references.ts'
import { at, list, resourceOf } from './template.ts'

/** What an alarm is, in CloudWatch's words. */
export const alarmProperties = [
  'MetricName',
  'Namespace',
  'Statistic',
  'Period',
  'EvaluationPeriods',
  'ComparisonOperator',
  'Threshold',
  'TreatMissingData',
] as const

/** What an alarm's boundaries are called in its template. */
export const resourcesOf = ({ id, fires, metric }: AlarmOnAws): readonly string[] =>
  boundariesOf({ fires }, metric.unit).map(({ side }, _, all) =>
    `${id}${all.length === 1 ? '' : side}`.replaceAll(/[^A-Za-z0-9]/g, ''),
  )

/**
 * An alarm about a sum as if it were about one figure that has the sum for its name; any other as it is. Where the figures
 * of a sum are not all of one thing, or it looks at more than the sum, its name says so.
 */
export function asOneFigure(alarm: unknown): unknown {
  const parts = list(at(alarm, 'Metrics'))
  if (parts.length === 0) return alarm
  const summed = parts.filter((one) => at(one, 'MetricStat') !== undefined)
  const [sum, ...more] = parts.filter((one) => at(one, 'ReturnData') !== false)
  const same = (...path: readonly string[]): unknown => {
    const all = new Map(summed.map((one) => [JSON.stringify(at(one, 'MetricStat', ...path)), one]))
    const [[, first] = []] = [...all]
    return all.size === 1 ? at(first, 'MetricStat', ...path) : `several: ${[...all.keys()].join()}`
  }
  const figures = summed.map((one) => [String(at(one, 'Id')), String(at(one, 'MetricStat', 'Metric', 'MetricName'))])
  const expression = worded(String(at(sum, 'Expression')), Object.fromEntries(figures))
  return {
    ...Object(alarm),
    MetricName: more.length === 0 && parts.length === summed.length + 1 ? expression : `more than ${expression}`,
    Namespace: same('Metric', 'Namespace'),
    Dimensions: same('Metric', 'Dimensions'),
    Statistic: same('Stat'),
    Period: same('Period'),
  }
}

/** What an alarm is, whom it calls when it begins and when it ends, and what its letter says, as the template and the API have it. */
const seen = (
  alarm: unknown,
  text: (value: unknown) => unknown,
  about: (value: unknown) => unknown = text,
): readonly unknown[] => [
  ...alarmProperties.map((name) => at(asOneFigure(alarm), name)),
  ...list(at(asOneFigure(alarm), 'Dimensions')).map(
    (one) => `${String(at(one, 'Name'))} ${String(about(at(one, 'Value')))}`,
  ),
  list(at(alarm, 'AlarmActions')).map(text),
  list(at(alarm, 'OKActions')).map(text),
  at(alarm, 'AlarmDescription'),
]

/** What these properties have to be at one boundary of an alarm, in their order. */
export const valuesOf = (
  alarm: AlarmOnAws,
  namespace: string | undefined,
  { side, at: threshold }: Boundary,
): readonly unknown[] => [
  figureName(alarm.metric),
  namespace,
  statisticAt(alarm, side),
  seconds(alarm.period),
  alarm.periods,
  side === 'above' ? 'GreaterThanThreshold' : 'LessThanThreshold',
  threshold,
  missingDataOf(alarm),
]

/**
 * One proof for each boundary of an alarm. `of`: namespace, then dimensions as `Name Resource`. `calls`: whom it calls by itself,
 * where it stands alone; call-proof.ts has who calls for several. `byName`: the template has dimensions as they are, too.
 */
export function alarmProofs(
  alarm: CallingAlarm,
  [namespace, ...of]: readonly string[],
  calls: readonly string[] = [],
  { byName = false }: { readonly byName?: boolean } = {},
): readonly RoomProof[] {
  const { metric, period, periods } = alarm
  const resources = resourcesOf(alarm)
  return boundariesOf(alarm, metric.unit).map((boundary, index): RoomProof => {
    const { side, at: threshold } = boundary
    const resource = resources[index] ?? ''
    // The emulator's CloudFormation refuses a sum.
    const judged = sumOf(metric) === undefined ? onEmulator : byOwnProvisioner
    return judged({
      type: 'AWS::CloudWatch::Alarm',
      says: `${alarm.id}: ${figureName(metric)} ${side} ${threshold} for ${periods} × ${seconds(period)} s${calls.length === 0 ? '; another one calls for it' : ', and who is called'}`,
      fact: alarm.id,
      proves: [alarm.name],
      is: [...valuesOf(alarm, namespace, boundary), ...of, calls, calls, descriptionOf(alarm)],
      template: (template: TemplateContent) => seen(at(resourceOf(template, resource), 'Properties'), referred),
      readBack: async ({ client, id, named }) => {
        const asked = new DescribeAlarmsCommand({ AlarmNames: [id(resource)] })
        const { MetricAlarms: [found] = [] } = await new CloudWatchClient(client).send(asked)
        return seen(found, named, byName ? String : named)
      },
    })
  })
}
