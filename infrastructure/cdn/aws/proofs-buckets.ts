import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import { at, type Deployed, list, resourceOf } from './deployed.ts'
import type { Proof } from './proofs.ts'

const type = 'AWS::S3::Bucket'
const policyType = 'AWS::S3::BucketPolicy'

/** The same for the store and for the bucket of the access log. */
function closed(bucket: string, called: string): readonly Proof[] {
  return [
    {
      type,
      says: `${called} is closed to the public, whatever a policy says`,
      is: [true, true, true, true],
      template: (template) => blocks(at(resourceOf(template, bucket), 'Properties', 'PublicAccessBlockConfiguration')),
      by: 'emulator',
      readBack: async ({ s3, id }) =>
        blocks((await s3.send(new GetPublicAccessBlockCommand({ Bucket: id(bucket) }))).PublicAccessBlockConfiguration),
    },
    {
      type,
      says: `${called} is encrypted`,
      is: ['AES256'],
      template: (template) =>
        list(at(resourceOf(template, bucket), ...encryption, 'ServerSideEncryptionConfiguration')).map((rule) =>
          at(rule, 'ServerSideEncryptionByDefault', 'SSEAlgorithm'),
        ),
      by: 'emulator',
      readBack: async ({ s3, id }) => {
        const answer = await s3.send(new GetBucketEncryptionCommand({ Bucket: id(bucket) }))
        return answer.ServerSideEncryptionConfiguration?.Rules?.map(
          (rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
        )
      },
    },
    {
      type: policyType,
      says: `${called} is asked over TLS alone`,
      is: ['Deny s3:* where aws:SecureTransport is false'],
      template: (template) => denials(at(resourceOf(template, `${bucket}Policy`), ...statements)),
      by: 'emulator',
      readBack: async (deployed) => denials(await policyOf(deployed, bucket)),
    },
    {
      type,
      says: `${called} stays, with what is in it, when the stack is deleted`,
      is: 'RetainExceptOnCreate',
      template: (template) => at(resourceOf(template, bucket), 'DeletionPolicy'),
      by: 'template',
      because: 'seen in another way: the test destroys the stack, and the bucket is still there',
    },
  ]
}
const encryption = ['Properties', 'BucketEncryption'] as const
const statements = ['Properties', 'PolicyDocument', 'Statement'] as const

const blocks = (block: unknown): readonly unknown[] =>
  ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map((name) => at(block, name))

const denials = (all: unknown): readonly string[] =>
  list(all)
    .filter((one) => at(one, 'Effect') === 'Deny' && at(one, ...transport) !== undefined)
    .map((one) => `Deny ${String(at(one, 'Action'))} where aws:SecureTransport is ${String(at(one, ...transport))}`)
const transport = ['Condition', 'Bool', 'aws:SecureTransport'] as const

/** Who may do what, without the resources' names, which only AWS knows. */
const grants = (all: unknown): readonly unknown[] =>
  list(all)
    .filter((one) => at(one, 'Effect') === 'Allow')
    .map((one) => [
      at(one, 'Principal', 'Service'),
      [at(one, 'Action')].flat(),
      Object.keys(Object(at(one, 'Condition', 'StringEquals'))),
    ])

/** What is refused to whom, by what follows the bucket's name. */
const withheld = (all: unknown): readonly unknown[] =>
  list(all)
    .filter((one) => at(one, 'Effect') === 'Deny' && at(one, ...transport) === undefined)
    .map((one) => [at(one, 'Principal', 'Service'), at(one, 'Action'), /\/[^"\]]*/.exec(pathIn(one))?.[0]])
const pathIn = (statement: unknown): string => JSON.stringify(at(statement, 'Resource'))

async function policyOf({ s3, id }: Deployed, bucket: string): Promise<unknown> {
  const { Policy: policy = '{}' } = await s3.send(new GetBucketPolicyCommand({ Bucket: id(bucket) }))
  return at(JSON.parse(policy), 'Statement')
}

function granted(bucket: string, says: string, is: unknown): Proof {
  return {
    type: policyType,
    says,
    is,
    template: (template) => grants(at(resourceOf(template, `${bucket}Policy`), ...statements)),
    by: 'emulator',
    readBack: async (deployed) => grants(await policyOf(deployed, bucket)),
  }
}

/** A rule of a lifecycle in one line: the template and the API name the same things differently. */
function lifecycle(bucket: string, says: string, is: readonly string[]): Proof {
  return {
    type,
    says,
    is,
    template: (template) =>
      list(at(resourceOf(template, bucket), 'Properties', 'LifecycleConfiguration', 'Rules')).map((rule) =>
        line(at(rule, 'Id'), at(rule, 'Status'), {
          served: at(rule, 'ExpirationInDays'),
          marker: at(rule, 'ExpiredObjectDeleteMarker'),
          overwritten: at(rule, 'NoncurrentVersionExpiration', 'NoncurrentDays'),
          unfinished: at(rule, 'AbortIncompleteMultipartUpload', 'DaysAfterInitiation'),
        }),
      ),
    by: 'own provisioner',
    readBack: async ({ s3, id }) => {
      const { Rules: rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: id(bucket) }))
      return rules?.map((rule) =>
        line(rule.ID, rule.Status, {
          served: rule.Expiration?.Days,
          marker: rule.Expiration?.ExpiredObjectDeleteMarker,
          overwritten: rule.NoncurrentVersionExpiration?.NoncurrentDays,
          unfinished: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
        }),
      )
    },
  }
}

const line = (id: unknown, status: unknown, days: Readonly<Record<string, unknown>>): string =>
  [
    `${String(id)} ${String(status)}`,
    ...Object.entries(days).flatMap(([name, value]) => (value === undefined ? [] : `${name} ${String(value)}`)),
  ].join(', ')

export const bucketProofs: readonly Proof[] = [
  {
    type,
    says: 'the store keeps earlier versions of every file',
    is: 'Enabled',
    template: (template) => at(resourceOf(template, 'Store'), 'Properties', 'VersioningConfiguration', 'Status'),
    by: 'emulator',
    readBack: async ({ s3, id }) => (await s3.send(new GetBucketVersioningCommand({ Bucket: id('Store') }))).Status,
  },
  lifecycle('Store', 'the store deletes nothing that is served by its age; what was overwritten after 90 days', [
    'overwritten Enabled, marker true, overwritten 90',
    'unfinished Enabled, unfinished 7',
  ]),
  ...closed('Store', 'the store'),
  granted('Store', 'this distribution alone reads the store, and lists it, so that a missing file is a 404', [
    ['cloudfront.amazonaws.com', ['s3:GetObject', 's3:ListBucket'], ['AWS:SourceArn']],
  ]),
  {
    type: policyType,
    says: 'what is not for visitors in the store (.edge) is refused to CloudFront, too',
    is: [['cloudfront.amazonaws.com', 's3:GetObject', '/.edge/*']],
    template: (template) => withheld(at(resourceOf(template, 'StorePolicy'), ...statements)),
    by: 'emulator',
    readBack: async (deployed) => withheld(await policyOf(deployed, 'Store')),
  },
  lifecycle('AccessLogs', 'the access log is kept for 90 days', ['old Enabled, served 90']),
  ...closed('AccessLogs', 'the bucket of the access log'),
  granted('AccessLogs', 'the delivery of logs writes the access log, for this account alone', [
    [
      'delivery.logs.amazonaws.com',
      [
        's3:PutObject',
        's3:PutObjectLegalHold',
        's3:PutObjectRetention',
        's3:PutObjectTagging',
        's3:PutObjectVersionTagging',
        's3:Abort*',
      ],
      ['aws:SourceAccount'],
    ],
  ]),
]
