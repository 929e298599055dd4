import { cloudFrontFields } from '../log-fields.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import type { RoomProof } from '../../../src/targets/aws/proof.ts'
import type { ProvenSite } from './proof.ts'
import { plain, said } from './references.ts'

const unknownType =
  'the emulator does not know this type: its launcher accepts it and does nothing; on AWS edge plan cdn --target aws --drift sees a hand'

/** Some properties of one resource; the emulator has none of these types. */
const inTemplate = (
  type: string,
  resource: string,
  says: string,
  is: readonly unknown[],
  paths: readonly (readonly string[])[],
): RoomProof => ({
  type,
  says,
  fact: says,
  proves: [],
  is,
  template: (template) => paths.map((path) => said(at(resourceOf(template, resource), ...path))),
  by: 'template',
  because: unknownType,
})

/** What is measured of the distribution, and what is written down of each request. */
export const accessLogProofs = ({ name, account }: Pick<ProvenSite, 'name' | 'account'>): readonly RoomProof[] => [
  inTemplate(
    'AWS::CloudFront::MonitoringSubscription',
    'DistributionMonitoringSubscription',
    'the hit ratio and the origin’s latency of this distribution are measured, which the alarms look at',
    ['Enabled', 'Distribution'],
    [
      [
        'Properties',
        'MonitoringSubscription',
        'RealtimeMetricsSubscriptionConfig',
        'RealtimeMetricsSubscriptionStatus',
      ],
      ['Properties', 'DistributionId'],
    ],
  ),
  inTemplate(
    'AWS::Logs::DeliverySource',
    'AccessLogSource',
    'the access log of this distribution is taken',
    [`${name}-access-log`, 'ACCESS_LOGS', `arn:aws:cloudfront::${account}:distribution/Distribution`],
    [
      ['Properties', 'Name'],
      ['Properties', 'LogType'],
      ['Properties', 'ResourceArn'],
    ],
  ),
  inTemplate(
    'AWS::Logs::DeliveryDestination',
    'AccessLogDestination',
    'the access log has a line of JSON for each request, in the bucket that is meant for it',
    ['json', 'arn:aws:s3:::AccessLogs'],
    [
      ['Properties', 'OutputFormat'],
      ['Properties', 'DestinationResourceArn'],
    ],
  ),
  inTemplate(
    'AWS::Logs::Delivery',
    'AccessLogDelivery',
    'the access log has the fields that nginx writes',
    [[...cloudFrontFields]],
    [['Properties', 'RecordFields']],
  ),
  inTemplate(
    'AWS::Logs::Delivery',
    'AccessLogDelivery',
    'the access log goes from that source to that bucket',
    [`${name}-access-log`, 'AccessLogDestination.Arn'],
    [
      ['Properties', 'DeliverySourceName'],
      ['Properties', 'DeliveryDestinationArn'],
    ],
  ),
  {
    type: 'AWS::Logs::Delivery',
    says: 'the access log begins when its source is there and it may be written',
    fact: 'when the access log begins',
    proves: [],
    is: ['AccessLogsPolicy', 'AccessLogSource'],
    template: (template) => list(at(resourceOf(template, 'AccessLogDelivery'), 'DependsOn')).map(plain),
    by: 'template',
    because: unknownType,
  },
]
