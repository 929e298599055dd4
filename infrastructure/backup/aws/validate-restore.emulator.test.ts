import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Between, type Rule } from '../../../test/ministack/between.ts'
import { MiniStack } from '../../../test/ministack/ministack.ts'
import { until } from '../../../test/until.ts'
import { ownSchema, readerRole } from '../../database/aws/own-schema.ts'
import { byToken, TwoServers } from '../../database/proofs/two-servers.ts'
import { iamToken } from './iam-token.ts'
import { dimensionsOfKind, dimensionsOfSource } from './restored.ts'

type Answer = { readonly says: string; readonly wrong?: string }
// What the stack carries has no types; what it is called with is what the stack's rules let through.
const bundled = createRequire(import.meta.url)
const { handler }: { readonly handler: (event: { readonly detail?: object }) => Promise<Answer> } = bundled(
  './bundled/validate-restore.cjs',
)
const reader: { readonly handler: (asked: unknown) => Promise<object> } = bundled('./bundled/read-database.cjs')

let emulator: MiniStack
let between: Between
let servers: TwoServers
/** What AWS Backup was told of a restore, and what whoever is called hears of it. */
const told: unknown[] = []
const events: unknown[] = []
/** The job that AWS Backup has, as it describes it: the emulator knows no restore tests. */
let job: Readonly<Record<string, unknown>> = {}

const inSeconds = (date: Date): number => date.getTime() / 1000
const databaseAt = (port: string): string =>
  `<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance><StorageEncrypted>true</StorageEncrypted><Endpoint><Address>127.0.0.1</Address><Port>${port}</Port></Endpoint></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`

const rule: Rule = async ({ method, path, body }, answered) => {
  if (body.includes('"DetailType"')) events.push(...JSON.parse(body).Entries)
  if (body.includes('Action=DescribeDBInstances')) return { status: 200, body: databaseAt(portOf('reader')) }
  if (path.startsWith('/2015-03-31/functions/reader/invocations')) return inNetwork(body)
  if (method === 'GET' && path.startsWith('/restore-jobs/')) return { status: 200, body: JSON.stringify(job) }
  if (method !== 'PUT' || !path.startsWith('/restore-jobs/')) return answered()
  told.push([path, JSON.parse(body)])
  return { status: 204, body: '' }
}
/** As Lambda answers for what stands in the network of the database. */
async function inNetwork(body: string) {
  try {
    return { status: 200, body: JSON.stringify(await reader.handler(JSON.parse(body))) }
  } catch (error) {
    const errorMessage = error instanceof Error ? error.message : String(error)
    return { status: 200, body: JSON.stringify({ errorMessage }), headers: { 'x-amz-function-error': 'Unhandled' } }
  }
}

type Door = 'pool' | 'reader'
const portOf = (door: Door): string => servers[door].split(':')[1] ?? ''
/** RDS asks IAM whether a token is right; here it is the password of this second. */
async function letIn(at: Door, by: Door = at): Promise<void> {
  const [key, secret] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((name) => process.env[name] ?? '')
  const asked = { host: '127.0.0.1', user: byToken, region: 'us-east-1', now: new Date() }
  const token = iamToken({ ...asked, port: Number(portOf(at)), key: key ?? '', secret: secret ?? '' })
  await servers.query(by, `alter role ${byToken} password '${token}'`)
  // On a replica it is there when that has replayed it.
  const has = `select rolpassword from pg_authid where rolname = '${byToken}'`
  const wanted = await servers.query(by, has)
  await until(async () => isDeepStrictEqual(await servers.query(at, has), wanted), 'it has replayed that', {
    everyMs: 20,
  })
}
const beat = () => servers.query('pool', 'update edge.heartbeat set at = clock_timestamp()')

beforeAll(async () => {
  ;[emulator, servers] = await Promise.all([MiniStack.start(), TwoServers.start()])
  between = await Between.start(emulator)
  between.rule = rule
  setDefaultCACertificates([...getCACertificates('default'), await readFile(servers.authority, 'utf8')])
  const tables = ['full', 'awsbackup-restore-test-full', 'other'].map(arnOf)
  const environment = {
    ...between.environment,
    NAMESPACE: 'edge/Backup',
    INSTANCE: 'trial',
    READER: 'reader',
    NOTES: 'notes',
    LIVE_DATABASE: servers.reader,
    TABLES: [tables[0], tables[2]].join(' '),
    DATABASE: 'app',
    DATABASE_USER: byToken,
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  for (const name of ['full', 'other', 'awsbackup-restore-test-full']) await makeTable(name, ['id'])
  await makeTable('notes', ['of', 'at'])
  const buckets = new S3Client({ forcePathStyle: true })
  for (const Bucket of ['live', 'copy']) await buckets.send(new CreateBucketCommand({ Bucket }))
}, 180_000)
afterAll(async () => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  await between.stop()
  await servers.stop()
  await emulator.stop()
})
beforeEach(() => {
  told.length = 0
  events.length = 0
})

const arnOf = (table: string): string => `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`
const [hash, range] = ['HASH', 'RANGE'] as const
async function makeTable(TableName: string, names: readonly string[]): Promise<void> {
  const KeySchema = names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? hash : range }))
  const AttributeDefinitions = names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }))
  const made = { TableName, BillingMode: 'PAY_PER_REQUEST', KeySchema, AttributeDefinitions } as const
  await new DynamoDBClient({}).send(new CreateTableCommand(made))
}

/** What it says of a restored resource; and that AWS Backup and whoever is called heard the same. */
async function said(of: Readonly<Record<string, unknown>>): Promise<Answer> {
  job = { RestoreJobId: 'job-1', ...of }
  told.length = 0
  events.length = 0
  const answer = await handler({ detail: { restoreJobId: 'job-1' } })
  const status = answer.wrong === undefined ? 'SUCCESSFUL' : 'FAILED'
  const result = { ValidationStatus: status, ValidationStatusMessage: answer.says }
  expect(told).toEqual([['/restore-jobs/job-1/validations', result]])
  expect(events).toEqual([expect.objectContaining({ Source: 'edge.backup', DetailType: 'Restore Test Result' })])
  const detail: unknown = JSON.parse(String(Object(events[0])['Detail']))
  expect(detail).toMatchObject({ status, resourceType: of['ResourceType'] ?? '', says: answer.says })
  return answer
}

/** The newest figure of a kind of data, or of one source of it. */
async function figure(kind: string, MetricName: string, source?: string): Promise<number | undefined> {
  const dimensions = source === undefined ? dimensionsOfKind('trial', kind) : dimensionsOfSource('trial', kind, source)
  const asked = new GetMetricStatisticsCommand({
    Namespace: 'edge/Backup',
    MetricName,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    StartTime: new Date(Date.now() - 3_600_000),
    EndTime: new Date(Date.now() + 3_600_000),
    Period: 86_400,
    Statistics: ['Minimum'],
  })
  return (await new CloudWatchClient({}).send(asked)).Datapoints?.[0]?.Minimum
}

describe('a restored database', () => {
  const begun = new Date()
  const restored = () => ({
    ResourceType: 'RDS',
    CreatedResourceArn: 'arn:aws:rds:us-east-1:000000000000:db:awsbackup-restore-test-1',
    SourceResourceArn: 'arn:aws:rds:us-east-1:000000000000:db:trial-primary',
    CreationDate: inSeconds(begun),
    RecoveryPointCreationDate: inSeconds(begun),
  })

  beforeAll(async () => {
    // A token is of a second.
    vi.useFakeTimers({ toFake: ['Date'], now: new Date() })
    await servers.query('pool', 'create role rds_iam')
    await servers.query('pool', [ownSchema, readerRole(byToken)].join(';'))
    await servers.query('pool', "create type result as enum ('won', 'lost')")
    for (const name of ['games', 'odds', 'users', 'logins'])
      await servers.query(
        'pool',
        `create table ${name} as select n, 'won'::result as it from generate_series(1, 100) n`,
      )
    await letIn('reader', 'pool')
    // From the replica, as in production.
    await handler({})
    // Others write on: anew, over what is there, and some of it away.
    await servers.query('pool', 'insert into games select n from generate_series(101, 150) n')
    await servers.query('pool', 'update users set n = -n where n < 10')
    await beat()
    const { at } = Object((await servers.query('pool', 'select at from edge.heartbeat'))[0])
    const arrived = async () => Object((await servers.query('reader', 'select at from edge.heartbeat'))[0]).at
    await until(async () => String(await arrived()) === String(at), 'the replica has it all', { everyMs: 20 })
    await servers.query('reader', 'select pg_promote()')
    // What came back is of this moment; the live one goes on.
    await servers.query('pool', 'delete from logins where n <= 20')
    await servers.query('pool', 'update users set n = n + 1000 where n > 90')
    vi.stubEnv('LIVE_DATABASE', servers.pool)
    await letIn('reader')
    await letIn('pool')
  }, 60_000)

  it('is good: tables that nobody touched exactly, also where others were written to', async () => {
    const { says, wrong } = await said(restored())
    expect(wrong).toBeUndefined()
    // 9 of the users were changed before it came back, and 10 since.
    expect(says).toMatch(/^391 rows in 4 tables, 1 of them between what was noted and what is live; as of 20\d\d-.*Z$/)
    expect(await figure('RDS', 'RestoreTestGood')).toBe(1)
    expect(await figure('RDS', 'RestoreTestCompared', 'trial-primary')).toBe(391)
    expect(await figure('RDS', 'RecoveryTime')).toBeGreaterThan(0)
    expect(await figure('RDS', 'RecoveryPoint')).toBeLessThan(60)
  })

  it('is not where the live one is not read, which says how many rows of those that were noted are due', async () => {
    vi.stubEnv('LIVE_DATABASE', '127.0.0.1:1')
    expect((await said(restored())).wrong).toMatch(/has 91 of 100 rows, and nothing live says/)
    vi.stubEnv('LIVE_DATABASE', servers.pool)
  })

  it('is not where nobody is let in', async () => {
    await servers.query('reader', `alter role ${byToken} password 'another'`)
    expect((await said(restored())).wrong).toContain('the database was not read: password authentication failed')
    await letIn('reader')
    expect((await said(restored())).wrong).toBeUndefined()
  })

  it('is not where a value is another in as many rows, until it is the same again', async () => {
    await servers.query('reader', "alter type result rename value 'won' to 'drawn'")
    expect((await said(restored())).wrong).toBe('public.games has other content in as many rows (100)')
    expect(await figure('RDS', 'RestoreTestGood')).toBe(0)
    await servers.query('reader', "alter type result rename value 'drawn' to 'won'")
    expect((await said(restored())).wrong).toBeUndefined()
  })

  it('is not where it has no heartbeat, or one of before anything was noted, until that is there again', async () => {
    await servers.query('reader', 'create table kept as table edge.heartbeat; delete from edge.heartbeat')
    expect((await said(restored())).wrong).toBe('no heartbeat came back')
    await servers.query('reader', "insert into edge.heartbeat select id, at - interval '1 day', number from kept")
    expect((await said(restored())).wrong).toMatch(/^nothing was noted of the database before 20/)
    await servers.query('reader', 'update edge.heartbeat set at = (select at from kept); drop table kept')
    expect((await said(restored())).wrong).toBeUndefined()
  })

  it('is not where a policy hides rows from who reads it', async () => {
    await servers.query('reader', 'alter table users enable row level security')
    expect((await said(restored())).wrong).toContain('affected by row-level security policy')
    await servers.query('reader', 'alter table users disable row level security')
    expect((await said(restored())).wrong).toBeUndefined()
  })

  it('is not where rows or a table are gone that are live', async () => {
    await servers.query('reader', 'delete from odds where n = 7')
    expect((await said(restored())).wrong).toBe('public.odds lacks 1 rows that are live still')
    await servers.query('reader', 'drop table odds')
    expect((await said(restored())).wrong).toBe('public.odds is missing')
    // Whoever drops it from the live one as well does not miss it.
    await servers.query('pool', 'drop table odds')
    expect((await said(restored())).wrong).toBeUndefined()
  })

  it('is noted by none where it is not read, which the log of the function says', async () => {
    vi.stubEnv('LIVE_DATABASE', '127.0.0.1:1')
    await expect(handler({})).rejects.toThrow('the database was not read: connect ECONNREFUSED')
    vi.stubEnv('LIVE_DATABASE', servers.pool)
    vi.useRealTimers()
  })
})

describe('a restored table', () => {
  const dynamo = () => new DynamoDBClient({})
  const put = (TableName: string, id: string, more = {}) =>
    dynamo().send(new PutItemCommand({ TableName, Item: { id: { S: id }, tags: { SS: ['b', 'a'] }, ...more } }))
  const copy = 'awsbackup-restore-test-full'
  let pointAt = new Date()
  const restored = (table = 'full') => ({
    ResourceType: 'DynamoDB',
    CreatedResourceArn: arnOf(copy),
    SourceResourceArn: arnOf(table),
    CreationDate: inSeconds(new Date()),
    RecoveryPointCreationDate: inSeconds(pointAt),
  })

  beforeAll(async () => {
    for (const id of ['a', 'b', 'c']) await put('full', id)
    // By the clock; the database is not let in here.
    await handler({}).catch(() => undefined)
    pointAt = new Date(Date.now() + 5)
    await until(() => Date.now() > pointAt.getTime(), 'the point is over', { everyMs: 20 })
    for (const id of ['a', 'b', 'c']) await put(copy, id)
    await put('full', 'written during the backup')
    await handler({ detail: { backupJobId: 'backup-1', resourceArn: arnOf('full') } })
  })

  it('is good where it holds what did not change during its backup', async () => {
    const says = expect.stringMatching(/^3 items; 1 of 256 parts changed during the backup/)
    expect(await said(restored())).toEqual({ compared: 3, says })
    expect(await figure('DynamoDB', 'RestoreTestGood')).toBe(1)
    expect(await figure('DynamoDB', 'RestoreTestCompared', 'full')).toBe(3)
    // Where one table hides behind another.
    expect(await figure('DynamoDB', 'RestoreTestCompared')).toBeUndefined()
  })

  it('is not where an item is gone or another, until it is as it was', async () => {
    await dynamo().send(new DeleteItemCommand({ TableName: copy, Key: { id: { S: 'b' } } }))
    expect((await said(restored())).wrong).toContain('2 items instead of 3')
    await put(copy, 'b', { more: { N: '1' } })
    expect((await said(restored())).wrong).toMatch(/of 256 parts differ$/)
    await put(copy, 'b')
    expect((await said(restored())).wrong).toBeUndefined()
  })

  it('is not read after its backup where it is none of the stack’s: no right would let it be', async () => {
    const strange = arnOf('of-no-stack')
    await expect(handler({ detail: { backupJobId: 'backup-2', resourceArn: strange } })).resolves.toBeUndefined()
  })

  /** What CloudWatch is asked to take of a restore that AWS Backup describes with something missing. */
  async function putOf(missing: Readonly<Record<string, undefined | string>>) {
    const puts: string[] = []
    between.rule = async (request, answered) => {
      if (/RestoreTest(Good|Compared)/.test(request.body)) puts.push(request.body)
      return rule(request, answered)
    }
    const { wrong } = await said({ ...restored(), ...missing })
    between.rule = rule
    return { wrong, puts }
  }
  const lacks = (names: string): string => `AWS Backup does not say of this restore its ${names}`

  it('has no figure of a source that AWS Backup does not name, which CloudWatch would refuse with all others', async () => {
    const { wrong, puts } = await putOf({ SourceResourceArn: undefined })
    expect(wrong).toBe(lacks('SourceResourceArn'))
    expect(puts.map((body) => body.includes('RestoreTestCompared'))).toEqual([false])
  })

  it.each([undefined, ''])(
    'is not good, and the result is told all the same, where AWS Backup says its kind as %j: no figure has a place then',
    async (ResourceType) => {
      const { wrong, puts } = await putOf({ ResourceType })
      expect(wrong).toBe(lacks('ResourceType'))
      expect(puts).toEqual([])
    },
  )

  it('names all that AWS Backup does not say', async () => {
    expect((await putOf({ CreatedResourceArn: undefined, SourceResourceArn: '' })).wrong).toBe(
      lacks('CreatedResourceArn, SourceResourceArn'),
    )
  })

  it('is not where nothing was noted of it after its backup', async () => {
    expect((await said(restored('other'))).wrong).toMatch(/^nothing was noted of other after its backup of 20/)
  })
})

describe('a restored bucket', () => {
  const s3 = () => new S3Client({ forcePathStyle: true })
  const put = (Bucket: string, Key: string, Body: string) => s3().send(new PutObjectCommand({ Bucket, Key, Body }))
  let pointAt = new Date()
  const restored = () => ({
    ResourceType: 'S3',
    CreatedResourceArn: 'arn:aws:s3:::copy',
    SourceResourceArn: 'arn:aws:s3:::live',
    CreationDate: inSeconds(new Date()),
    RecoveryPointCreationDate: inSeconds(pointAt),
  })

  it('is good where each file of then is as it is live, and is not where one is gone or another', async () => {
    for (const bucket of ['live', 'copy']) for (const key of ['a', 'b/c']) await put(bucket, key, key)
    pointAt = new Date(Date.now() + 2000)
    expect(await said(restored())).toEqual({ compared: 2, says: '2 files as they are live, of 2 that came back' })
    await put('copy', 'a', 'x')
    expect((await said(restored())).says).toBe('a has other content of the same size')
    await s3().send(new DeleteObjectCommand({ Bucket: 'copy', Key: 'a' }))
    expect((await said(restored())).says).toBe('a is missing')
    await put('copy', 'a', 'a')
    expect((await said(restored())).wrong).toBeUndefined()
    expect(await figure('S3', 'RestoreTestCompared', 'live')).toBe(2)
  })
})

it('has not seen to be good what nothing looks into, or what AWS Backup does not describe', async () => {
  const [CreatedResourceArn, SourceResourceArn] = ['arn:aws:efs:::fs-2', 'arn:aws:efs:::fs-1']
  const strange = { ResourceType: 'EFS', CreatedResourceArn, SourceResourceArn }
  expect((await said(strange)).wrong).toBe('nothing looks into EFS')
  expect(
    (
      await said({
        ResourceType: 'S3',
        CreatedResourceArn: 'arn:aws:s3:::none',
        SourceResourceArn: 'arn:aws:s3:::live',
      })
    ).wrong,
  ).toContain('NoSuchBucket')
})
