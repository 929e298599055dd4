import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { byOwnProvisioner, onEmulator, onTemplate, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { statementInWords } from '../../../src/targets/aws/role-proof.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { stays } from './proofs-vault.ts'

const bucket = 'AWS::S3::Bucket'
const table = 'AWS::DynamoDB::Table'
const s3 = ({ client }: DeployedStack): S3Client => new S3Client({ ...client, forcePathStyle: true })
const ofBucket = ({ id }: DeployedStack) => ({ Bucket: id('Uploads') })

export type Ages = { readonly infrequentAccess: number; readonly archive: number; readonly expiry: number }

/** What becomes of an earlier version with its age: the template and the API name the same things differently. */
function ages(rules: unknown): readonly unknown[] {
  const rule = list(rules).find((one) => (at(one, 'Id') ?? at(one, 'ID')) === 'earlier-versions')
  return [
    at(rule, 'Status'),
    list(at(rule, 'NoncurrentVersionTransitions')).map((one) => [
      at(one, 'StorageClass'),
      at(one, 'TransitionInDays') ?? at(one, 'NoncurrentDays'),
    ]),
    at(rule, 'NoncurrentVersionExpiration', 'NoncurrentDays'),
    // A file that nobody sees any more goes at last, and no file goes because it is old.
    at(rule, 'ExpiredObjectDeleteMarker') ?? at(rule, 'Expiration', 'ExpiredObjectDeleteMarker'),
    at(rule, 'ExpirationInDays') ?? at(rule, 'Expiration', 'Days'),
  ]
}

const rulesOf = async (deployed: DeployedStack): Promise<unknown> =>
  (await s3(deployed).send(new GetBucketLifecycleConfigurationCommand(ofBucket(deployed)))).Rules

/** `days`: the ages at which an earlier version goes elsewhere, and is deleted. */
export const uploadProofs = (days: Ages): readonly RoomProof[] => [
  onEmulator({
    type: bucket,
    says: 'each earlier version of an uploaded file is kept',
    fact: 'versions',
    proves: ['fileVersions'],
    is: 'Enabled',
    template: (template) => at(resourceOf(template, 'Uploads'), 'Properties', 'VersioningConfiguration', 'Status'),
    readBack: async (deployed) => (await s3(deployed).send(new GetBucketVersioningCommand(ofBucket(deployed)))).Status,
  }),
  byOwnProvisioner({
    type: bucket,
    says: `earlier versions go to cheaper storage after ${days.infrequentAccess} days, to the archive after ${days.archive}, and are deleted after ${days.expiry}; what is current stays, however old, and so does what is below 128 KB until it is deleted`,
    fact: 'earlier versions: classes and days, deleted after; files that are current, deleted after',
    proves: ['infrequentAccess', 'archive', 'expiry', 'fileVersions'],
    is: [
      'Enabled',
      [
        ['STANDARD_IA', days.infrequentAccess],
        ['GLACIER', days.archive],
      ],
      days.expiry,
      true,
      undefined,
    ],
    template: (template) => ages(at(resourceOf(template, 'Uploads'), 'Properties', 'LifecycleConfiguration', 'Rules')),
    readBack: async (deployed) => ages(await rulesOf(deployed)),
  }),
  byOwnProvisioner({
    type: bucket,
    says: 'what was never uploaded whole goes after seven days, and no rule does anything else',
    fact: 'rules of the uploads',
    proves: ['expiry'],
    is: [
      ['earlier-versions', 'Enabled', undefined],
      ['unfinished', 'Enabled', 7],
    ],
    template: (template) =>
      list(at(resourceOf(template, 'Uploads'), 'Properties', 'LifecycleConfiguration', 'Rules')).map(unfinished),
    readBack: async (deployed) => list(await rulesOf(deployed)).map(unfinished),
  }),
  onEmulator({
    type: bucket,
    says: 'the uploads are closed to the public, whatever a policy says',
    fact: 'closed to the public',
    proves: [],
    is: [true, true, true, true],
    template: (template) =>
      closed.map((name) => at(resourceOf(template, 'Uploads'), 'Properties', 'PublicAccessBlockConfiguration', name)),
    readBack: async (deployed) => {
      const answer = await s3(deployed).send(new GetPublicAccessBlockCommand(ofBucket(deployed)))
      return closed.map((name) => at(answer.PublicAccessBlockConfiguration, name))
    },
  }),
  onEmulator({
    type: bucket,
    says: 'the uploads are encrypted',
    fact: 'encryption of the uploads',
    proves: ['encryption'],
    is: 'AES256',
    template: (template) =>
      at(
        resourceOf(template, 'Uploads'),
        'Properties',
        'BucketEncryption',
        'ServerSideEncryptionConfiguration',
        0,
        'ServerSideEncryptionByDefault',
        'SSEAlgorithm',
      ),
    readBack: async (deployed) => {
      const answer = await s3(deployed).send(new GetBucketEncryptionCommand(ofBucket(deployed)))
      const [rule] = answer.ServerSideEncryptionConfiguration?.Rules ?? []
      return rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm
    },
  }),
  {
    type: bucket,
    says: 'AWS Backup hears of each change of a file (EventBridge)',
    fact: 'EventBridge',
    proves: ['pointInTime'],
    is: true,
    template: (template) =>
      at(
        resourceOf(template, 'Uploads'),
        'Properties',
        'NotificationConfiguration',
        'EventBridgeConfiguration',
        'EventBridgeEnabled',
      ),
    by: 'template',
    because: 'the emulator’s CloudFormation drops it',
  },
  stays('Uploads', bucket, 'the uploads stay when the stack is deleted'),
  onEmulator({
    type: 'AWS::S3::BucketPolicy',
    says: 'the uploads are asked over TLS alone',
    fact: 'rights on the uploads',
    proves: [],
    is: ['Deny * s3:* on Uploads Uploads/* where Bool aws:SecureTransport false'],
    template: (template) =>
      list(at(resourceOf(template, 'UploadsPolicy'), 'Properties', 'PolicyDocument', 'Statement')).map(
        statementInWords,
      ),
    readBack: async (deployed) => {
      const { Policy: policy = '{}' } = await s3(deployed).send(new GetBucketPolicyCommand(ofBucket(deployed)))
      const text = String(deployed.named(policy)).replaceAll('arn:aws:s3:::', '')
      return list(at(JSON.parse(text), 'Statement')).map(statementInWords)
    },
  }),
]

const closed = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'] as const
const unfinished = (rule: unknown): readonly unknown[] => [
  at(rule, 'Id') ?? at(rule, 'ID'),
  at(rule, 'Status'),
  at(rule, 'AbortIncompleteMultipartUpload', 'DaysAfterInitiation'),
]

/** `days`: how far back a table can be brought to any second. */
function tableProofs(resource: string, key: string, days: number): readonly RoomProof[] {
  const called = resource === 'Sessions' ? 'sessions' : 'preferences of users'
  const properties = (template: Parameters<RoomProof['template']>[0]): unknown =>
    at(resourceOf(template, resource), 'Properties')
  return [
    byOwnProvisioner({
      type: table,
      says: `the ${called} can be brought back to any second`,
      fact: `${called}: any second`,
      proves: ['statePointInTime'],
      is: true,
      template: (template) =>
        at(properties(template), 'PointInTimeRecoverySpecification', 'PointInTimeRecoveryEnabled'),
      readBack: async ({ client, id }) => {
        const asked = new DescribeContinuousBackupsCommand({ TableName: id(resource) })
        const { ContinuousBackupsDescription: found } = await new DynamoDBClient(client).send(asked)
        return found?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED'
      },
    }),
    onTemplate(
      {
        type: table,
        says: `the ${called}: to any second of the last ${days} days`,
        fact: `${called}: days back`,
        proves: ['statePointInTime'],
        is: days,
        template: (template) => at(properties(template), 'PointInTimeRecoverySpecification', 'RecoveryPeriodInDays'),
        readBack: async ({ client, id }) => {
          const asked = new DescribeContinuousBackupsCommand({ TableName: id(resource) })
          const { ContinuousBackupsDescription: found } = await new DynamoDBClient(client).send(asked)
          return found?.PointInTimeRecoveryDescription?.RecoveryPeriodInDays
        },
      },
      'the emulator’s DynamoDB knows no number of days',
    ),
    onEmulator({
      type: table,
      says: `the ${called} are found by ${key}, cost by what is asked, and are deleted by nobody by mistake`,
      fact: `${called}: key, billing, protection`,
      proves: [],
      is: [[[key, 'HASH']], [[key, 'S']], 'PAY_PER_REQUEST', true],
      template: (template) => {
        const found = properties(template)
        return shape(found, at(found, 'BillingMode'))
      },
      readBack: async ({ client, id }) => {
        const { Table: found } = await new DynamoDBClient(client).send(
          new DescribeTableCommand({ TableName: id(resource) }),
        )
        return shape(found, found?.BillingModeSummary?.BillingMode)
      },
    }),
    stays(resource, table, `the ${called} stay when the stack is deleted`),
  ]
}

const shape = (found: unknown, billing: unknown): readonly unknown[] => [
  list(at(found, 'KeySchema')).map((one) => [at(one, 'AttributeName'), at(one, 'KeyType')]),
  list(at(found, 'AttributeDefinitions')).map((one) => [at(one, 'AttributeName'), at(one, 'AttributeType')]),
  billing,
  at(found, 'DeletionProtectionEnabled'),
]

export const stateProofs = (days: number): readonly RoomProof[] => [
  ...tableProofs('Sessions', 'id', days),
  ...tableProofs('UserPreferences', 'user', days),
  byOwnProvisioner({
    type: table,
    says: 'a session that has ended goes by itself',
    fact: 'sessions end by',
    proves: [],
    is: [true, 'expires'],
    template: (template) => {
      const found = at(resourceOf(template, 'Sessions'), 'Properties', 'TimeToLiveSpecification')
      return [at(found, 'Enabled'), referred(at(found, 'AttributeName'))]
    },
    readBack: async ({ client, id }) => {
      const asked = new DescribeTimeToLiveCommand({ TableName: id('Sessions') })
      const { TimeToLiveDescription: found } = await new DynamoDBClient(client).send(asked)
      return [found?.TimeToLiveStatus === 'ENABLED', found?.AttributeName]
    },
  }),
]
