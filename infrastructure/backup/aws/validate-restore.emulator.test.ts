import { createRequire } from 'node:module'
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Between } from '../../../test/ministack/between.ts'
import { MiniStack } from '../../../test/ministack/ministack.ts'

type Answer = { readonly good: boolean; readonly says: string }
// A file of the older kind has no types; what it answers is what the stack's event asks it for.
const { handler } = createRequire(import.meta.url)('./validate-restore.cjs') as {
  readonly handler: (event: { readonly detail: object }) => Promise<Answer>
}

let emulator: MiniStack
let between: Between
/** What AWS Backup was told of a restore, and what whoever is called hears of it. */
const told: unknown[] = []
const events: unknown[] = []
beforeAll(async () => {
  emulator = await MiniStack.start()
  between = await Between.start(emulator)
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
  // The emulator knows no restore tests: what it would be told is kept here.
  between.rule = async ({ method, path, body }, answered) => {
    if (body.includes('"DetailType"')) events.push(...JSON.parse(body).Entries)
    if (method !== 'PUT' || !path.startsWith('/restore-jobs/')) return answered()
    told.push([path, JSON.parse(body)])
    return { status: 204, body: '' }
  }
  const tables = new DynamoDBClient({})
  for (const TableName of ['full', 'empty'])
    await tables.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    )
  await tables.send(new PutItemCommand({ TableName: 'full', Item: { id: { S: 'a' } } }))
  const buckets = new S3Client({ forcePathStyle: true })
  for (const Bucket of ['full', 'empty']) await buckets.send(new CreateBucketCommand({ Bucket }))
  await buckets.send(new PutObjectCommand({ Bucket: 'full', Key: 'a', Body: 'a' }))
}, 120_000)
afterAll(async () => {
  vi.unstubAllEnvs()
  await between.stop()
  await emulator.stop()
})

it.each([
  ['DynamoDB', 'arn:aws:dynamodb:us-east-1:000000000000:table/full', true, 'the table has items'],
  ['DynamoDB', 'arn:aws:dynamodb:us-east-1:000000000000:table/empty', false, 'the table is empty'],
  ['DynamoDB', 'arn:aws:dynamodb:us-east-1:000000000000:table/none', false, 'ResourceNotFoundException'],
  ['S3', 'arn:aws:s3:::full', true, 'the bucket has files'],
  ['S3', 'arn:aws:s3:::empty', false, 'the bucket is empty'],
  ['RDS', 'arn:aws:rds:us-east-1:000000000000:db:none', false, 'none'],
  ['EFS', 'arn:aws:elasticfilesystem:us-east-1:000000000000:file-system/fs-1', false, 'nothing looks into EFS'],
])('says of a restore of %s as %s whether it is good: %s', async (resourceType, createdResourceArn, good, says) => {
  told.length = 0
  events.length = 0
  const detail = { restoreJobId: 'job-1', resourceType, createdResourceArn }
  expect(await handler({ detail })).toEqual({ good, says: expect.stringContaining(says) })
  const status = good ? 'SUCCESSFUL' : 'FAILED'
  const result = { ValidationStatus: status, ValidationStatusMessage: expect.stringContaining(says) }
  expect(told).toEqual([['/restore-jobs/job-1/validations', result]])
  expect(events).toEqual([expect.objectContaining({ Source: 'edge.backup', DetailType: 'Restore Test Result' })])
  expect(JSON.parse(String(Object(events[0])['Detail']))).toMatchObject({ status, resourceType, createdResourceArn })
})

it('says of a restored database what AWS says of it', async () => {
  const DBInstanceIdentifier = 'restored'
  const made = { Engine: 'postgres', DBInstanceClass: 'db.t3.micro', AllocatedStorage: 20, MasterUsername: 'edge' }
  const MasterUserPassword = 'not-a-secret'
  await new RDSClient({}).send(
    new CreateDBInstanceCommand({ DBInstanceIdentifier, MasterUserPassword, ...made, StorageEncrypted: true }),
  )
  const createdResourceArn = `arn:aws:rds:us-east-1:000000000000:db:${DBInstanceIdentifier}`
  const { says } = await handler({ detail: { restoreJobId: 'job-2', resourceType: 'RDS', createdResourceArn } })
  expect(says).toMatch(/^the database is \w+, encrypted: true$/)
})
