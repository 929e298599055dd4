import { Dashboard, GraphWidget, type IWidget, Metric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { boundariesOf } from '../../../src/core/alarm.ts'
import type { AlarmOnAws } from '../../../src/core/cloudwatch-alarm.ts'
import { lookedAt, periodOf } from '../../../src/targets/aws/alarm.ts'

/** An alarm with the metric that it looks at: its namespace and its dimensions. */
export type Watched = {
  readonly alarm: AlarmOnAws
  readonly namespace: string
  readonly region: string
  readonly dimensions: Readonly<Record<string, string>>
}

const perRow = 3

/** One picture for each alarm, with its threshold as a line: three in a row, in the order of the list. */
export function dashboard(scope: Construct, name: string, watched: readonly Watched[]): void {
  const made = new Dashboard(scope, 'Dashboard', { dashboardName: name })
  made.addWidgets(
    new TextWidget({ markdown: `# ${name}\nMade by edge: each picture is an alarm.`, width: 24, height: 2 }),
  )
  for (let first = 0; first < watched.length; first += perRow)
    made.addWidgets(...watched.slice(first, first + perRow).map(picture))
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
