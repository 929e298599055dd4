import { DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { cloudFrontFields } from '../log-fields.ts'
import { at, type Deployed, list, resourceOf } from './deployed.ts'
import type { Proof } from './proofs.ts'

async function alarmOf({ cloudWatch, id }: Deployed, resource: string): Promise<MetricAlarm | undefined> {
  const { MetricAlarms: [found] = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [id(resource)] }),
  )
  return found
}

const type = 'AWS::CloudWatch::Alarm'
const properties = ['MetricName', 'ComparisonOperator', 'Threshold', 'EvaluationPeriods', 'Period', 'TreatMissingData']

function alarm(resource: string, says: string, is: readonly unknown[]): Proof {
  return {
    type,
    says,
    is,
    template: (template) => properties.map((name) => at(resourceOf(template, resource), 'Properties', name)),
    by: 'emulator',
    readBack: async (deployed) => {
      const found = await alarmOf(deployed, resource)
      return properties.map((name) => at(found, name))
    },
  }
}

const unknownType = 'the emulator does not know this type: its launcher accepts it and does nothing'
const inTemplate = (typed: string, resource: string, property: string, says: string, is: unknown): Proof => ({
  type: typed,
  says,
  is,
  template: (template) => at(resourceOf(template, resource), 'Properties', ...property.split('.')),
  by: 'template',
  because: unknownType,
})

export const alarmProofs: readonly Proof[] = [
  alarm('monitoringcdnErrors', 'an alarm rings above 1 % server errors over five minutes (and calls nobody yet)', [
    '5xxErrorRate',
    'GreaterThanThreshold',
    1,
    5,
    60,
    'notBreaching',
  ]),
  alarm(
    'monitoringhitRatio',
    'an alarm rings below 90 % answers from the cache over a quarter of an hour (and calls nobody yet)',
    ['CacheHitRate', 'LessThanThreshold', 90, 3, 300, 'notBreaching'],
  ),
  alarm('monitoringoriginLatency', 'an alarm rings above 1 s of the origin over five minutes (and calls nobody yet)', [
    'OriginLatency',
    'GreaterThanThreshold',
    1000,
    5,
    60,
    'notBreaching',
  ]),
  {
    type,
    says: 'the origin’s latency is that of 95 in 100 answers, not an average',
    is: 'p95',
    template: (template) => at(resourceOf(template, 'monitoringoriginLatency'), 'Properties', 'ExtendedStatistic'),
    by: 'template',
    because: 'the emulator’s CloudFormation takes the average instead of a percentile',
    gap: {
      is: ['Average'],
      readBack: async (deployed) => [(await alarmOf(deployed, 'monitoringoriginLatency'))?.Statistic],
    },
  },
  inTemplate(
    'AWS::CloudFront::MonitoringSubscription',
    'DistributionMonitoringSubscription',
    'MonitoringSubscription.RealtimeMetricsSubscriptionConfig.RealtimeMetricsSubscriptionStatus',
    'the hit ratio and the origin’s latency are measured, which the alarms look at',
    'Enabled',
  ),
  inTemplate('AWS::Logs::DeliverySource', 'AccessLogSource', 'LogType', 'the access log is taken', 'ACCESS_LOGS'),
  inTemplate(
    'AWS::Logs::DeliveryDestination',
    'AccessLogDestination',
    'OutputFormat',
    'the access log has a line of JSON for each request',
    'json',
  ),
  {
    type: 'AWS::Logs::Delivery',
    says: 'the access log has the fields that nginx writes',
    is: [...cloudFrontFields],
    template: (template) => list(at(resourceOf(template, 'AccessLogDelivery'), 'Properties', 'RecordFields')),
    by: 'template',
    because: unknownType,
  },
]
