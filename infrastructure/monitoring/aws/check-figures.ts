import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { broken, type Check, declared, kept, measured, notClaimed } from '../../../src/core/check.ts'
import { sumOf } from '../../../src/core/cloudwatch-alarm.ts'
import { seconds } from '../../../src/core/units.ts'
import type { World } from '../../../src/core/world.ts'
import { functionAlarmProblems } from './check-functions.ts'
import type { Watched } from './dashboard.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'

/** CloudWatch has a figure of RDS a few minutes after it was measured. */
const lookedBackMs = 15 * 60_000

/** What an alarm looks at, asked with exactly the names, the dimensions and the period that the alarm has. */
export function askedFor({ alarm, namespace, dimensions }: Watched, now: Date) {
  const { name, statistic } = alarm.metric
  return {
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([key, value]) => ({ Name: key, Value: value })),
    StartTime: new Date(now.getTime() - lookedBackMs),
    EndTime: now,
    Period: seconds(alarm.period),
    // A percentile is no word of this list.
    ...(isPlain(statistic) ? { Statistics: [statistic] } : { ExtendedStatistics: [statistic] }),
  }
}

const plain = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'] as const
const isPlain = (statistic: string): statistic is (typeof plain)[number] => plain.some((one) => one === statistic)

/**
 * Those of which there are figures at any time; of visitors there are none where nobody comes. Each figure of a sum has an alarm
 * of its own.
 */
export const continuous = (watched: readonly Watched[]): readonly Watched[] =>
  watched.filter(({ alarm }) => alarm.silence === 'fires' && sumOf(alarm.metric) === undefined)

const putBack =
  'edge deploy --target aws makes what an older version has not; edge plan --target aws --drift shows what a hand changed; edge deploy --target aws --revert-drift puts it back'

/**
 * Each figure that is measured all the time is there, by the names by which its alarm looks for it: of any other name an alarm
 * would wait for ever, or ring for ever. And whoever measures is watched: each function of ours has its alarm, which calls.
 */
export const figuresAreThere: Check<MonitoringEndpointOnAws> = async (endpoint, world) => {
  const { name, topics, watched, site, functions: alarms } = endpoint
  const { client } = endpoint.deployed
  const looked = continuous(watched)
  if (looked.length === 0) return notClaimed('nothing is measured all the time here')
  const asked = [
    { client, topics, alarms },
    ...('missing' in site ? [] : [{ client: site.client, topics: site.topics, alarms: site.functions }]),
  ]
  const wrong = (await Promise.all(asked.map((one) => functionAlarmProblems(one.client, { name, ...one })))).flat()
  const count = asked.flatMap((one) => one.alarms).length
  if (wrong.length > 0) return broken(declared({ 'alarms about functions': count }), wrong.join('; '), putBack)
  const found = await Promise.all(looked.map((one) => pointsOf(one, client, world)))
  const missing = looked.filter((_, index) => found[index] === 0).map(({ alarm }) => alarm.metric.name)
  const facts = measured({ figures: looked.length, 'without a data point': missing.length === 0 ? 'none' : missing })
  if (missing.length === 0) return kept(facts)
  const because = `${missing.join(', ')}: no data point within ${lookedBackMs / 60_000} min, so the alarm looks at nothing`
  return broken(
    facts,
    because,
    'of a new database figures come after some minutes; edge plan database --target aws --drift',
  )
}

async function pointsOf(
  one: Watched,
  client: MonitoringEndpointOnAws['deployed']['client'],
  { now }: Pick<World, 'now'>,
) {
  const { Datapoints: points = [] } = await new CloudWatchClient({ ...client, region: one.region }).send(
    new GetMetricStatisticsCommand(askedFor(one, now())),
  )
  return points.length
}
