import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { byOwnProvisioner, onEmulator, type RoomProof } from '../../../src/targets/aws/proof.ts'
import type { About } from './proof.ts'
import { named, said } from './references.ts'

const type = 'AWS::S3::Bucket'
const policyType = 'AWS::S3::BucketPolicy'

/** The SDK takes the name of a bucket for a part of the host's, which no emulator has; S3 takes both. */
const s3 = ({ client }: DeployedStack): S3Client => new S3Client({ ...client, forcePathStyle: true })

/** The same for the store and for the bucket of the access log. */
function closed(bucket: string, called: string, proves: About['proves']): readonly RoomProof[] {
  return [
    onEmulator({
      type,
      says: `${called} is closed to the public, whatever a policy says`,
      fact: `${called}: closed to the public`,
      proves,
      is: [true, true, true, true],
      template: (template) => blocks(at(resourceOf(template, bucket), 'Properties', 'PublicAccessBlockConfiguration')),
      readBack: async (deployed) => {
        const asked = new GetPublicAccessBlockCommand({ Bucket: deployed.id(bucket) })
        const answer = await s3(deployed).send(asked).catch(noneOf('NoSuchPublicAccessBlockConfiguration'))
        return blocks(answer?.PublicAccessBlockConfiguration)
      },
    }),
    onEmulator({
      type,
      says: `${called} is encrypted`,
      fact: `${called}: encryption`,
      proves: [],
      is: ['AES256'],
      template: (template) =>
        list(at(resourceOf(template, bucket), ...encryption, 'ServerSideEncryptionConfiguration')).map((rule) =>
          at(rule, 'ServerSideEncryptionByDefault', 'SSEAlgorithm'),
        ),
      readBack: async (deployed) => {
        const answer = await s3(deployed).send(new GetBucketEncryptionCommand({ Bucket: deployed.id(bucket) }))
        return answer.ServerSideEncryptionConfiguration?.Rules?.map(
          (rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
        )
      },
    }),
    stated(
      bucket,
      { says: `${called} is asked over TLS alone`, fact: `${called}: without TLS`, proves },
      [`Deny * s3:* on ${bucket} ${bucket}/* where Bool aws:SecureTransport false`],
      isAboutTls,
    ),
    {
      type,
      says: `${called} stays, with what is in it, when the stack is deleted`,
      fact: `${called}: when the stack is deleted`,
      proves: [],
      is: 'RetainExceptOnCreate',
      template: (template) => at(resourceOf(template, bucket), 'DeletionPolicy'),
      by: 'template',
      because: 'seen in another way: the test destroys the stack, and the bucket is still there',
    },
    {
      type,
      says: `${called} stays, with what is in it, when a change makes another in its place`,
      fact: `${called}: when another takes its place`,
      proves: [],
      is: 'Retain',
      template: (template) => at(resourceOf(template, bucket), 'UpdateReplacePolicy'),
      by: 'template',
      because: 'CloudFormation looks at it only when it replaces a bucket, and no configuration leads to that',
    },
  ]
}

/** What S3 says where somebody deleted what is asked for: an answer, and no failure. */
const noneOf =
  (name: string) =>
  (error: unknown): undefined => {
    if (!(error instanceof Error) || error.name !== name) throw error
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
  // S3 answers lists in an order of its own.
  const what = [at(statement, 'Action')].flat().toSorted().join(' ')
  return `${String(at(statement, 'Effect'))} ${String(who)} ${what} on ${on.toSorted().join(' ')}${where.toSorted().join('')}`
}

/** The statements of the policy of a bucket that are of one kind. */
const stated = (
  bucket: string,
  about: About,
  is: readonly string[],
  kind: (statement: unknown) => boolean,
): RoomProof =>
  onEmulator({
    ...about,
    type: policyType,
    is: [bucket, ...is],
    template: (template) => {
      const policy = at(resourceOf(template, `${bucket}Policy`), 'Properties')
      const all = list(at(policy, 'PolicyDocument', 'Statement'))
      return [said(at(policy, 'Bucket')), ...all.filter(kind).map((one) => sentence(one, said))]
    },
    readBack: async (deployed) => {
      const all = list(await policyOf(deployed, bucket))
      return [bucket, ...all.filter(kind).map((one) => sentence(one, named(deployed)))]
    },
  })
const isAboutTls = (statement: unknown): boolean =>
  at(statement, 'Condition', 'Bool', 'aws:SecureTransport') !== undefined
const isGrant = (statement: unknown): boolean => at(statement, 'Effect') === 'Allow'
const isRefusal = (statement: unknown): boolean => !isGrant(statement) && !isAboutTls(statement)

async function policyOf(deployed: DeployedStack, bucket: string): Promise<unknown> {
  const asked = new GetBucketPolicyCommand({ Bucket: deployed.id(bucket) })
  const answer = await s3(deployed).send(asked).catch(noneOf('NoSuchBucketPolicy'))
  return at(JSON.parse(answer?.Policy ?? '{}'), 'Statement')
}

/** A rule of a lifecycle in one line: the template and the API name the same things differently. */
function lifecycle(bucket: string, about: About, is: readonly string[]): RoomProof {
  return byOwnProvisioner({
    ...about,
    type,
    is,
    template: (template) =>
      list(at(resourceOf(template, bucket), 'Properties', 'LifecycleConfiguration', 'Rules'))
        .map((rule) =>
          line(at(rule, 'Id'), at(rule, 'Status'), {
            served: at(rule, 'ExpirationInDays'),
            marker: at(rule, 'ExpiredObjectDeleteMarker'),
            overwritten: at(rule, 'NoncurrentVersionExpiration', 'NoncurrentDays'),
            unfinished: at(rule, 'AbortIncompleteMultipartUpload', 'DaysAfterInitiation'),
          }),
        )
        .toSorted(),
    readBack: async (deployed) => {
      const asked = new GetBucketLifecycleConfigurationCommand({ Bucket: deployed.id(bucket) })
      const answer = await s3(deployed).send(asked).catch(noneOf('NoSuchLifecycleConfiguration'))
      return (answer?.Rules ?? [])
        .map((rule) =>
          line(rule.ID, rule.Status, {
            served: rule.Expiration?.Days ?? rule.Expiration?.Date?.toISOString(),
            marker: rule.Expiration?.ExpiredObjectDeleteMarker,
            overwritten: rule.NoncurrentVersionExpiration?.NoncurrentDays,
            unfinished: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
          }),
        )
        .toSorted()
    },
  })
}

const line = (id: unknown, status: unknown, days: Readonly<Record<string, unknown>>): string =>
  [
    `${String(id)} ${String(status)}`,
    ...Object.entries(days).flatMap(([name, value]) => (value === undefined ? [] : `${name} ${String(value)}`)),
  ].join(', ')

const theStore = 'the store'
const theLog = 'the bucket of the access log'

export const bucketProofs = (account: string): readonly RoomProof[] => [
  onEmulator({
    type,
    says: 'the store keeps earlier versions of every file',
    fact: 'the store: earlier versions',
    proves: [],
    is: 'Enabled',
    template: (template) => at(resourceOf(template, 'Store'), 'Properties', 'VersioningConfiguration', 'Status'),
    readBack: async (deployed) =>
      (await s3(deployed).send(new GetBucketVersioningCommand({ Bucket: deployed.id('Store') }))).Status,
  }),
  lifecycle(
    'Store',
    {
      says: 'the store deletes nothing that is served by its age; what was overwritten after 90 days',
      fact: 'the store: deleted by age',
      proves: ['keptAssets'],
    },
    ['overwritten Enabled, marker true, overwritten 90', 'unfinished Enabled, unfinished 7'],
  ),
  ...closed('Store', theStore, ['originPrivate']),
  stated(
    'Store',
    {
      says: 'this distribution alone reads the store, and lists it, so that a missing file is a 404',
      fact: 'the store: may be read by',
      proves: ['originPrivate'],
    },
    [
      `Allow cloudfront.amazonaws.com s3:GetObject s3:ListBucket on Store Store/* where StringEquals AWS:SourceArn arn:aws:cloudfront::${account}:distribution/Distribution`,
    ],
    isGrant,
  ),
  stated(
    'Store',
    {
      says: 'what is not for visitors in the store (.edge) is refused to CloudFront, too',
      fact: 'the store: refused to CloudFront',
      proves: ['originPrivate'],
    },
    ['Deny cloudfront.amazonaws.com s3:GetObject on Store/.edge/*'],
    isRefusal,
  ),
  lifecycle('AccessLogs', { says: 'the access log is kept for 90 days', fact: 'the access log: kept', proves: [] }, [
    'old Enabled, served 90',
  ]),
  ...closed('AccessLogs', theLog, []),
  stated(
    'AccessLogs',
    {
      says: 'the delivery of logs writes the access log, for this account’s sources alone, and in the words of CloudFront’s guide',
      fact: 'the access log: may be written by',
      proves: [],
    },
    [
      `Allow delivery.logs.amazonaws.com s3:PutObject on AccessLogs/* where ArnLike aws:SourceArn arn:aws:logs:us-east-1:${account}:delivery-source:* where StringEquals aws:SourceAccount ${account} where StringEquals s3:x-amz-acl bucket-owner-full-control`,
    ],
    isGrant,
  ),
]
