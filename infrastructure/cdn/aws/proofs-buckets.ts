import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import type { Deployed } from './deployed.ts'
import type { Proof } from './proof.ts'
import { named, said } from './references.ts'

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
    stated(
      bucket,
      `${called} is asked over TLS alone`,
      [`Deny * s3:* on ${bucket} ${bucket}/* where Bool aws:SecureTransport false`],
      isAboutTls,
    ),
    {
      type,
      says: `${called} stays, with what is in it, when the stack is deleted`,
      is: 'RetainExceptOnCreate',
      template: (template) => at(resourceOf(template, bucket), 'DeletionPolicy'),
      by: 'template',
      because: 'seen in another way: the test destroys the stack, and the bucket is still there',
    },
    {
      type,
      says: `${called} stays, with what is in it, when a change makes another in its place`,
      is: 'Retain',
      template: (template) => at(resourceOf(template, bucket), 'UpdateReplacePolicy'),
      by: 'template',
      because: 'CloudFormation looks at it only when it replaces a bucket, and no configuration leads to that',
    },
  ]
}
const encryption = ['Properties', 'BucketEncryption'] as const

const blocks = (block: unknown): readonly unknown[] =>
  ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map((name) => at(block, name))

type Text = (value: unknown) => unknown

/** Who may do what on what, or may not, and under which condition: a statement as a sentence. */
function sentence(statement: unknown, text: Text): string {
  const who = at(statement, 'Principal', 'Service') ?? at(statement, 'Principal', 'AWS') ?? at(statement, 'Principal')
  const where = Object.entries(Object(at(statement, 'Condition'))).flatMap(([operator, keys]) =>
    Object.entries(Object(keys)).map(([key, value]) => ` where ${operator} ${key} ${String(text(value))}`),
  )
  const on = [at(statement, 'Resource')].flat().map((one) => String(text(one)).replace('arn:aws:s3:::', ''))
  const what = [at(statement, 'Action')].flat().join(' ')
  return `${String(at(statement, 'Effect'))} ${String(who)} ${what} on ${on.join(' ')}${where.join('')}`
}

/** The statements of the policy of a bucket that are of one kind. */
const stated = (bucket: string, says: string, is: readonly string[], kind: (statement: unknown) => boolean): Proof => ({
  type: policyType,
  says,
  is: [bucket, ...is],
  template: (template) => {
    const policy = at(resourceOf(template, `${bucket}Policy`), 'Properties')
    const all = list(at(policy, 'PolicyDocument', 'Statement'))
    return [said(at(policy, 'Bucket')), ...all.filter(kind).map((one) => sentence(one, said))]
  },
  by: 'emulator',
  readBack: async (deployed) => {
    const all = list(await policyOf(deployed, bucket))
    return [bucket, ...all.filter(kind).map((one) => sentence(one, named(deployed)))]
  },
})
const isAboutTls = (statement: unknown): boolean =>
  at(statement, 'Condition', 'Bool', 'aws:SecureTransport') !== undefined
const isGrant = (statement: unknown): boolean => at(statement, 'Effect') === 'Allow'
const isRefusal = (statement: unknown): boolean => !isGrant(statement) && !isAboutTls(statement)

async function policyOf({ s3, id }: Deployed, bucket: string): Promise<unknown> {
  const { Policy: policy = '{}' } = await s3.send(new GetBucketPolicyCommand({ Bucket: id(bucket) }))
  return at(JSON.parse(policy), 'Statement')
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
  stated(
    'Store',
    'this distribution alone reads the store, and lists it, so that a missing file is a 404',
    [
      'Allow cloudfront.amazonaws.com s3:GetObject s3:ListBucket on Store/* Store where StringEquals AWS:SourceArn arn:aws:cloudfront::000000000000:distribution/Distribution',
    ],
    isGrant,
  ),
  stated(
    'Store',
    'what is not for visitors in the store (.edge) is refused to CloudFront, too',
    ['Deny cloudfront.amazonaws.com s3:GetObject on Store/.edge/*'],
    isRefusal,
  ),
  lifecycle('AccessLogs', 'the access log is kept for 90 days', ['old Enabled, served 90']),
  ...closed('AccessLogs', 'the bucket of the access log'),
  stated(
    'AccessLogs',
    'the delivery of logs writes the access log, for this account’s sources alone, and in the words of CloudFront’s guide',
    [
      'Allow delivery.logs.amazonaws.com s3:PutObject on AccessLogs/* where StringEquals s3:x-amz-acl bucket-owner-full-control where StringEquals aws:SourceAccount 000000000000 where ArnLike aws:SourceArn arn:aws:logs:us-east-1:000000000000:delivery-source:*',
    ],
    isGrant,
  ),
]
