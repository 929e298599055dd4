import { createRequire } from 'node:module'
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Between } from '../../../test/ministack/between.ts'

type Detail = Readonly<Record<string, string | number>>
// What the stack carries has no types; what it is called with is what the stack's rule lets through.
const { handler } = createRequire(import.meta.url)('./bundled/backup-figures.cjs') as {
  readonly handler: (event: { readonly detail?: Detail }) => Promise<void>
}

/** The detail of AWS's own example of a backup that was made: aws-backup/latest/devguide/eventbridge.html, State: COMPLETED. */
const example: Detail = {
  backupJobId: 'a827233a-d405-4a86-a440-759fa94f34dd',
  backupSizeInBytes: '36048',
  backupVaultArn: 'arn:aws:backup:us-west-2:1112233445566:backup-vault:9732c1b4-1091-472a-9d9f-52e0565ee39a',
  backupVaultName: '9732c1b4-1091-472a-9d9f-52e0565ee39a',
  bytesTransferred: '36048',
  creationDate: '2020-07-15T21:40:31.207Z',
  iamRoleArn: 'arn:aws:iam::1112233445566:role/MockRCBackupTestRole',
  resourceArn: 'arn:aws:service:us-west-2:1112233445566:resource-type/resource-id',
  resourceType: 'type',
  state: 'COMPLETED',
  completionDate: '2020-07-15T21:41:05.921Z',
  startBy: '2020-07-16T05:40:31.207Z',
  percentDone: 100,
  retryCount: 3,
}

let between: Between
/** What AWS Backup has of the resource: the emulator makes every backup of 0 bytes. */
let jobs: readonly object[] = []
let restores: readonly object[] = []
/** Seconds since 1970. */
let vaultMadeAt = 0
beforeAll(async () => {
  between = await Between.withEmulator()
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
  vi.stubEnv('NAMESPACE', 'edge/Backup')
  between.rule = async ({ method, path }, answered) => {
    if (method === 'GET' && path.startsWith('/backup-vaults/'))
      return { status: 200, body: JSON.stringify({ BackupVaultName: 'vault', CreationDate: vaultMadeAt }) }
    if (method === 'GET' && path.startsWith('/restore-jobs'))
      return { status: 200, body: JSON.stringify({ RestoreJobs: restores }) }
    if (method !== 'GET' || !path.startsWith('/backup-jobs')) return answered()
    return { status: 200, body: JSON.stringify({ BackupJobs: jobs }) }
  }
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await between.stop()
})

/** A backup of some day of July 2020, of so many bytes. */
const made = (day: number, bytes: number) => ({
  BackupJobId: `job-${day}`,
  BackupSizeInBytes: bytes,
  CompletionDate: Date.UTC(2020, 6, day) / 1000,
})

/** What CloudWatch has when the function has run for an instance of this name. */
async function figuresOf(instance: string, change: Detail = {}) {
  vi.stubEnv('INSTANCE', instance)
  await handler({ detail: { ...example, ...change } })
  return valuesOf(instance)
}

async function valuesOf(instance: string) {
  const values = ['BackupDuration', 'BackupSizeToMedian'].map(async (MetricName) => {
    const asked = new GetMetricStatisticsCommand({
      Namespace: 'edge/Backup',
      MetricName,
      Dimensions: [{ Name: 'Instance', Value: instance }],
      StartTime: new Date(Date.now() - 600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 86_400,
      Statistics: ['Maximum'],
    })
    return (await new CloudWatchClient({}).send(asked)).Datapoints?.map(({ Maximum: value }) => value)
  })
  return Promise.all(values)
}

it('says how long a backup took from when it was due, and that the first of its kind has the usual size', async () => {
  jobs = []
  expect(await figuresOf('first')).toEqual([[34.714], [1]])
})

it('compares a size with the median of the last seven, in whichever order they are listed, without itself', async () => {
  const before = [1000, 36_048, 36_048, 36_048, 72_096, 1, 1, 1].map((bytes, index) => made(index + 1, bytes))
  jobs = [...before.toReversed(), { ...made(15, 36_048), BackupJobId: example['backupJobId'] }]
  expect(await figuresOf('usual')).toEqual([[34.714], [1]])
  jobs = before.slice(0, 5).toReversed()
  expect(await figuresOf('shrunk', { backupSizeInBytes: '3604.8' })).toEqual([[34.714], [0.1]])
})

it('takes 0 bytes, which RDS has always, for no size, neither of this backup nor of one before', async () => {
  jobs = [made(1, 0), made(2, 0), made(3, 18_024)]
  expect(await figuresOf('table')).toEqual([[34.714], [2]])
  expect(await figuresOf('rds', { resourceType: 'RDS', backupSizeInBytes: '0' })).toEqual([[34.714], []])
})

it.each([undefined, '', 'soon'])(
  'says the size of a backup whose end AWS Backup says as %j, and ends with an error that names what is lost',
  async (completionDate) => {
    jobs = []
    const instance = `without-end-${completionDate}`
    vi.stubEnv('INSTANCE', instance)
    const { completionDate: _, ...rest } = example
    const detail = completionDate === undefined ? rest : { ...rest, completionDate }
    await expect(handler({ detail })).rejects.toThrow('no BackupDuration: AWS Backup said {')
    expect(await valuesOf(instance)).toEqual([[], [1]])
  },
)

/** What it says of the age when it is called by the clock: the event of a schedule has an empty detail. */
async function ageOf(instance: string, MetricName = 'BackupAge'): Promise<number> {
  vi.stubEnv('INSTANCE', instance)
  vi.stubEnv('VAULT', 'vault')
  vi.stubEnv('RESOURCES', 'database uploads')
  await handler({ detail: {} })
  const asked = new GetMetricStatisticsCommand({
    Namespace: 'edge/Backup',
    MetricName,
    Dimensions: [{ Name: 'Instance', Value: instance }],
    StartTime: new Date(Date.now() - 600_000),
    EndTime: new Date(Date.now() + 60_000),
    Period: 86_400,
    Statistics: ['Maximum'],
  })
  const { Datapoints: [point] = [] } = await new CloudWatchClient({}).send(asked)
  return Math.round((point?.Maximum ?? -1) / 60)
}
const ago = (minutes: number): number => Date.now() / 1000 - minutes * 60
const madeAgo = (ResourceArn: string, minutes: number, StatusMessage?: string) => ({
  ResourceArn,
  CompletionDate: ago(minutes),
  ...(StatusMessage === undefined ? {} : { StatusMessage }),
})

it('says by the clock how old the newest whole backup is, of whichever resource has the oldest', async () => {
  vaultMadeAt = ago(10_000)
  const skipped = madeAgo('uploads', 2, 'objects were skipped')
  jobs = [madeAgo('uploads', 1500), madeAgo('database', 60), madeAgo('uploads', 90), skipped, madeAgo('other', 1)]
  expect(await ageOf('young')).toBe(90)
})

it('counts from when the vault was made where a resource was never backed up', async () => {
  vaultMadeAt = ago(1600)
  jobs = [madeAgo('database', 5)]
  expect(await ageOf('never')).toBe(1600)
})

const tested = (source: string, hours: number, change: object = {}) => ({
  SourceResourceArn: `arn:aws:rds:us-east-1:000000000000:db:${source}`,
  CreationDate: ago(hours * 60),
  CreatedBy: {
    RestoreTestingPlanArn: 'arn:aws:backup:us-east-1:000000000000:restore-testing-plan:of_tests_moment-1a2b',
  },
  Status: 'COMPLETED',
  ValidationStatus: 'SUCCESSFUL',
  ...change,
})

it('says by the clock how old the newest restore test is that found all good, of whichever resource has the oldest', async () => {
  vaultMadeAt = ago(60_000)
  const underWay = { Status: 'RUNNING', ValidationStatus: undefined }
  const ofAnother = { CreatedBy: { RestoreTestingPlanArn: 'arn:…:restore-testing-plan:of_tests_other_moment-1a2b' } }
  restores = [
    tested('uploads', 170),
    tested('database', 3),
    tested('uploads', 2),
    tested('uploads', 0, underWay),
    tested('uploads', 1, ofAnother),
  ]
  const age = () => ageOf('of-tests', 'VerificationAge')
  expect(await age()).toBe(180)
  // One that is not good takes the place of one that was; the newest figure is the larger one.
  restores = [...restores, tested('database', 1, { ValidationStatus: 'FAILED' })]
  expect(await age()).toBe(60_000)
})
