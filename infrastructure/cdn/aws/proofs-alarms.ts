import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { Proof } from './proof.ts'
import { named, said } from './references.ts'

const type = 'AWS::CloudWatch::Alarm'
const properties = ['MetricName', 'ComparisonOperator', 'Threshold', 'EvaluationPeriods', 'Period', 'TreatMissingData']

async function alarmOf({ client, id }: DeployedStack, resource: string): Promise<MetricAlarm | undefined> {
  const { MetricAlarms: [found] = [] } = await new CloudWatchClient(client).send(
    new DescribeAlarmsCommand({ AlarmNames: [id(resource)] }),
  )
  return found
}

function alarm(
  resource: string,
  says: string,
  is: unknown,
  seen: (alarm: unknown, text: (value: unknown) => unknown) => unknown,
): Proof {
  return {
    type,
    says,
    is,
    template: (template) => seen(at(resourceOf(template, resource), 'Properties'), said),
    by: 'emulator',
    readBack: async (deployed) => seen(await alarmOf(deployed, resource), named(deployed)),
  }
}

/** Where the alarm begins, and that it is about this distribution. */
const about = (
  resource: string,
  measures: string,
  says: string,
  calls: readonly string[],
  is: readonly unknown[],
  letter: string,
): readonly Proof[] => [
  alarm(resource, says, is, (found) => properties.map((name) => at(found, name))),
  alarm(
    resource,
    calls.length === 0
      ? `the alarm about ${measures} calls nobody by itself: one calls for all that can wait`
      : `the alarm about ${measures} calls whoever is called about what is ${calls.join().toLowerCase()}, when it begins and when it ends`,
    [calls, calls],
    (found, text) => ['AlarmActions', 'OKActions'].map((name) => list(at(found, name)).map(text)),
  ),
  alarm(
    resource,
    `the alarm about ${measures} is about this distribution, everywhere`,
    ['AWS/CloudFront', 'DistributionId Distribution', 'Region Global'],
    (found, text) => [
      at(found, 'Namespace'),
      ...list(at(found, 'Dimensions')).map((one) => `${String(at(one, 'Name'))} ${String(text(at(one, 'Value')))}`),
    ],
  ),
  alarm(resource, `the letter about ${measures} says what it means, how to look and what to do`, letter, (found) =>
    at(found, 'AlarmDescription'),
  ),
]

const average = (resource: string, says: string): Proof =>
  alarm(resource, says, 'Average', (found) => at(found, 'Statistic'))

const accessLog = 'the access log of CloudFront, in the bucket that the stack NAME-cdn calls LogBucket'

export const alarmProofs: readonly Proof[] = [
  ...about(
    'monitoringcdnErrors',
    'server errors',
    'an alarm rings above 1 % server errors over five minutes',
    ['Critical'],
    ['5xxErrorRate', 'GreaterThanThreshold', 1, 5, 60, 'notBreaching'],
    `Somebody is called when too many requests are answered with a server error. Visitors see server errors. Look: edge verify cdn --target aws, then ${accessLog}: which have sc-status 5xx? What to do: docs/runbooks/cdn-errors.md`,
  ),
  average('monitoringcdnErrors', 'the share of server errors is that of all answers'),
  ...about(
    'monitoringhitRatio',
    'the cache',
    'an alarm rings below 90 % answers from the cache over a quarter of an hour',
    [],
    ['CacheHitRate', 'LessThanThreshold', 90, 3, 300, 'notBreaching'],
    `Somebody is called when the cache answers too few of the requests for static files. The cache no longer spares the origin: pages are slower, and the origin has more to do. Look: edge verify cdn.hitRatio --target aws, then ${accessLog}: what was a Miss? What to do: docs/runbooks/hit-ratio.md`,
  ),
  average('monitoringhitRatio', 'the share of answers from the cache is that of all'),
  ...about(
    'monitoringoriginLatency',
    'the origin’s latency',
    'an alarm rings above 1 s of the origin over five minutes',
    [],
    ['OriginLatency', 'GreaterThanThreshold', 1000, 5, 60, 'notBreaching'],
    `Somebody is called when the origin is slow (95 in 100 answers). Visitors wait: the origin answers slowly what no cache holds. Look: ${accessLog}: which paths have a long time-taken? What to do: docs/runbooks/origin-latency.md`,
  ),
  {
    type,
    says: 'the origin’s latency is that of 95 in 100 answers, not an average',
    is: [undefined, 'p95'],
    template: (template) => statisticsOf(at(resourceOf(template, 'monitoringoriginLatency'), 'Properties')),
    by: 'template',
    because: 'the emulator’s CloudFormation takes the average as well as the percentile',
    gap: {
      is: ['Average', 'p95'],
      readBack: async (deployed) => statisticsOf(await alarmOf(deployed, 'monitoringoriginLatency')),
    },
  },
]

function statisticsOf(found: unknown): readonly unknown[] {
  return [at(found, 'Statistic'), at(found, 'ExtendedStatistic')]
}
