import {
  Alarm,
  AlarmWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IWidget,
  Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import { ArnFormat, Stack } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { boundariesOf } from '../../../src/core/alarm.ts'
import { type AlarmOnAws, cloudWatchAlarmsOf } from '../../../src/core/cloudwatch-alarm.ts'
import { lookedAt, periodOf } from '../../../src/targets/aws/alarm.ts'
import type { IdOf } from '../../../src/targets/aws/room.ts'

/** An alarm with the metric that it looks at: its namespace and its dimensions. */
export type Watched = {
  readonly alarm: AlarmOnAws
  readonly namespace: string
  readonly region: string
  readonly dimensions: Readonly<Record<string, string>>
}

/** The same before anything is deployed: a dimension may be an id that nobody knows yet. */
export type Shown = Omit<Watched, 'dimensions'> & { readonly dimensions: Readonly<Record<string, string | IdOf>> }

/** Whether all that it looks at is known before its stack is deployed. */
export const isKnown = (shown: Shown): shown is Watched =>
  Object.values(shown.dimensions).every((value) => typeof value === 'string')

const perRow = 3

/** One picture for each alarm, with its threshold as a line: three in a row, in the order of the list. */
export function dashboard(scope: Construct, name: string, watched: readonly Shown[]): void {
  const made = new Dashboard(scope, 'Dashboard', { dashboardName: name })
  made.addWidgets(
    new TextWidget({ markdown: `# ${name}\nMade by edge: each picture is an alarm.`, width: 24, height: 2 }),
  )
  for (let first = 0; first < watched.length; first += perRow)
    made.addWidgets(...watched.slice(first, first + perRow).flatMap((one) => picturesOf(scope, name, one)))
}

/** Of what nobody knows yet, the alarm itself is shown, by its name: CloudWatch draws its figure and its boundary. */
function picturesOf(scope: Construct, name: string, shown: Shown): readonly IWidget[] {
  if (isKnown(shown)) return [picture(shown)]
  const { alarm, region } = shown
  return cloudWatchAlarmsOf(alarm).map((one) => {
    const arn = Stack.of(scope).formatArn({
      service: 'cloudwatch',
      region,
      resource: 'alarm',
      resourceName: `${name}-${one.name}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    // CDK's types are not written for exactOptionalPropertyTypes: its own alarms and widgets are none of its interfaces.
    const its = Alarm.fromAlarmArn(scope, `Shown${one.name}`, arn) as IAlarm
    return new AlarmWidget({ title: alarm.says, width: 24 / perRow, region, alarm: its }) as IWidget
  })
}

function picture({ alarm, namespace, region, dimensions }: Watched): IWidget {
  const metric = new Metric({
    namespace,
    metricName: alarm.metric.name,
    statistic: alarm.metric.statistic,
    period: periodOf(alarm),
    dimensionsMap: { ...dimensions },
    region,
  })
  const lines = boundariesOf(alarm, alarm.metric.unit).map(({ side, at }) => ({ value: at, label: `alarm ${side}` }))
  return new GraphWidget({
    title: alarm.says,
    width: 24 / perRow,
    region,
    left: [lookedAt(alarm, metric)],
    leftAnnotations: lines,
    // CDK's types are not written for exactOptionalPropertyTypes: its own widget is none of its IWidgets.
  }) as IWidget
}
