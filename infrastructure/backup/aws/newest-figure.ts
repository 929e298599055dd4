import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'

type Figure = {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  /** What several of one hour are to be. */
  readonly statistic: 'Maximum' | 'Minimum' | 'Sum'
}
type Span = { readonly from: Date; readonly to: Date }

const hourSeconds = 3600

/** What CloudWatch has of a figure within a span, hour by hour, the newest last. */
export async function figuresWithin(
  client: ClientSettings,
  { namespace, name, dimensions, statistic }: Figure,
  { from, to }: Span,
): Promise<readonly number[]> {
  const asked = new GetMetricStatisticsCommand({
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    // CloudWatch counts whole hours, and one begins before the first figure.
    StartTime: new Date(from.getTime() - hourSeconds * 1000),
    EndTime: new Date(to.getTime() + hourSeconds * 1000),
    Period: hourSeconds,
    Statistics: [statistic],
  })
  const { Datapoints: points = [] } = await new CloudWatchClient(client).send(asked)
  return points
    .toSorted((one, other) => (one.Timestamp?.getTime() ?? 0) - (other.Timestamp?.getTime() ?? 0))
    .flatMap((point) => point[statistic] ?? [])
}
