import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Between } from '../../../test/ministack/between.ts'
import { testWorld } from '../../../test/world.ts'
import type { Check, Verdict } from '../../../src/core/check.ts'
import { checksOnAws } from './checks.ts'
import type { BackupEndpointOnAws } from './endpoint.ts'
import { dimensionsOf, namespace } from './measured.ts'
import { dimensionsOfKind, dimensionsOfSource, figureNames } from './restored.ts'

const hourMs = 3_600_000
const { world } = testWorld()
const now = new Date()
const ago = (hours: number): Date => new Date(now.getTime() - hours * hourMs)

type Job = Readonly<Record<string, unknown>>
/** What AWS Backup lists; the emulator restores nothing for a test. */
let jobs: readonly Job[] = []
let vaultMadeAt = ago(1000)

const arns = {
  RDS: ['arn:aws:rds:us-east-1:000000000000:db:trial-primary', 'moment'],
  S3: ['arn:aws:s3:::Uploads', 'weekly'],
  sessions: ['arn:aws:dynamodb:us-east-1:000000000000:table/Sessions', 'weekly'],
  preferences: ['arn:aws:dynamodb:us-east-1:000000000000:table/UserPreferences', 'weekly'],
} as const
const kindOf = (name: string): string => (name === 'RDS' || name === 'S3' ? name : 'DynamoDB')

/** A restore test that was good, three hours ago, but for what is other about it. */
const job = (name: keyof typeof arns, { hours = 3, ...change }: Job & { readonly hours?: number } = {}): Job => {
  const [SourceResourceArn, plan] = arns[name]
  const RestoreTestingPlanArn = `arn:aws:backup:us-east-1:000000000000:restore-testing-plan:trial_${plan}-0a1b2c3d`
  return {
    SourceResourceArn,
    ResourceType: kindOf(name),
    CreationDate: ago(hours).getTime() / 1000,
    CreatedBy: { RestoreTestingPlanArn },
    Status: 'COMPLETED',
    ValidationStatus: 'SUCCESSFUL',
    ValidationStatusMessage: '7 as they were',
    ...change,
  }
}
const good = (): readonly Job[] => [job('RDS'), job('S3'), job('sessions'), job('preferences')]

let between: Between
let endpoint: BackupEndpointOnAws
beforeAll(async () => {
  between = await Between.withEmulator()
  between.rule = async ({ method, path }, answered) => {
    if (method === 'GET' && path.startsWith('/restore-jobs'))
      return { status: 200, body: JSON.stringify({ RestoreJobs: jobs }) }
    if (method === 'GET' && path.startsWith('/backup-vaults/'))
      return { status: 200, body: JSON.stringify({ CreationDate: vaultMadeAt.getTime() / 1000 }) }
    return answered()
  }
})
afterAll(() => between.stop())

let count = 0
const topic = (severity: string): string => `arn:aws:sns:us-east-1:000000000000:trial-${count}-${severity}`
/** Another account for each test: a figure that was put once stays. */
beforeEach(() => {
  count += 1
  const credentials = { accessKeyId: String(count).padStart(12, '0'), secretAccessKey: 'test' }
  const endpointUrl = between.environment['AWS_ENDPOINT_URL'] ?? ''
  endpoint = {
    deployed: {
      client: { region: 'us-east-1', endpoint: endpointUrl, credentials },
      id: (name) => name,
      named: (text) => text,
    },
    proofs: [],
    component: 'backup',
    instance: 'trial',
    primary: 'trial-primary',
    copies: undefined,
    topics: { critical: topic('critical'), warning: topic('warning') },
  }
  jobs = good()
  vaultMadeAt = ago(1000)
})

type Figure = { readonly at?: Date; readonly namespace?: string }
async function put(
  name: string,
  value: number,
  dimensions: Readonly<Record<string, string>>,
  { at = ago(2), namespace: Namespace = namespace }: Figure = {},
): Promise<void> {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
  const MetricData = [{ MetricName: name, Value: value, Dimensions, Timestamp: at }]
  await new CloudWatchClient(endpoint.deployed.client).send(new PutMetricDataCommand({ Namespace, MetricData }))
}
const ofKind = (kind: string) => dimensionsOfKind('trial', kind)

type Name = keyof typeof checksOnAws
// Each of these is a function: the tests would fail if one were not.
const verdict = (name: Name): Promise<Verdict> => (checksOnAws[name] as Check<BackupEndpointOnAws>)(endpoint, world)
const why = async (name: Name): Promise<string> => {
  const found = await verdict(name)
  return 'because' in found ? found.because : found.is
}

describe('what was restored for a test', () => {
  it('is kept where each kind of data is good, broken where the newest of one is not, and kept by the next one that is', async () => {
    expect(await verdict('restoreTest')).toMatchObject({
      is: 'kept',
      evidence: { how: 'measured', facts: { Uploads: expect.stringMatching(/^7 as they were \(20.* UTC\)$/) } },
    })
    const lacks = { ValidationStatus: 'FAILED', ValidationStatusMessage: 'odds lacks 1 rows that are live still' }
    jobs = [job('RDS', { hours: 1, ...lacks }), ...good()]
    expect(await verdict('restoreTest')).toMatchObject({
      is: 'broken',
      because: 'the restore of trial-primary is not good: odds lacks 1 rows that are live still',
    })
    jobs = [job('RDS', { hours: 0.5 }), ...jobs]
    expect((await verdict('restoreTest')).is).toBe('kept')
  })

  it.each([
    ['a restore failed', { Status: 'FAILED', StatusMessage: 'no room', ValidationStatus: undefined }, 'no room'],
    [
      'nobody looked into it in time',
      { ValidationStatus: 'TIMED_OUT', ValidationStatusMessage: undefined },
      'TIMED_OUT',
    ],
  ])('is broken where %s', async (_what, change, says) => {
    jobs = [...good(), job('sessions', { hours: 1, ...change })]
    expect(await why('restoreTest')).toContain(says)
  })

  it('is what has ended: of one under way, or of another instance, nothing is said', async () => {
    const CreatedBy = { RestoreTestingPlanArn: 'arn:…:restore-testing-plan:trial_other_moment-0a1b' }
    jobs = [
      ...good(),
      job('S3', { hours: 1, Status: 'RUNNING', ValidationStatus: undefined }),
      job('S3', { hours: 1, ValidationStatus: 'VALIDATING' }),
      job('RDS', { hours: 1, ValidationStatus: 'FAILED', CreatedBy }),
    ]
    expect((await verdict('restoreTest')).is).toBe('kept')
  })

  it('is overdue a week after the newest one and the hours that one takes, and is missed where there is none', async () => {
    jobs = [job('RDS', { hours: 175 }), ...good().slice(1)]
    expect((await verdict('restoreTest')).is).toBe('kept')
    jobs = [job('RDS', { hours: 177 }), ...good().slice(1)]
    expect(await why('restoreTest')).toMatch(/^the restore test of trial-primary is overdue: the newest one is of 20/)
    jobs = good().slice(1)
    expect(await why('restoreTest')).toBe('trial-primary was not restored for a test for two weeks')
    jobs = []
    expect((await verdict('restoreTest')).is).toBe('broken')
    vaultMadeAt = ago(100)
    expect(await verdict('restoreTest')).toMatchObject({
      is: 'notClaimed',
      because: expect.stringContaining('Saturday'),
    })
  })
})

describe('what was compared', () => {
  const sources = { 'trial-primary': 'RDS', Uploads: 'S3', Sessions: 'DynamoDB', UserPreferences: 'DynamoDB' } as const
  const of = (source: keyof typeof sources) => dimensionsOfSource('trial', sources[source], source)
  const all = ['trial-primary', 'Uploads', 'Sessions', 'UserPreferences'] as const
  const compared = (value: number, ...names: readonly (keyof typeof sources)[]) =>
    Promise.all(names.map((name) => put(figureNames.compared, value, of(name))))

  it('is kept where some of each was, broken where nobody says it of one or it was nothing at all, and else not claimed', async () => {
    await compared(0, 'trial-primary', 'Uploads', 'Sessions')
    expect(await why('verification')).toBe('nobody knows how much of UserPreferences was compared')
    await compared(0, 'UserPreferences')
    expect(await why('verification')).toBe('nothing was compared: nothing came back, or nothing was there')
    await compared(391, 'trial-primary')
    expect(await verdict('verification')).toEqual({
      is: 'notClaimed',
      because: expect.stringMatching(/^of Uploads, Sessions, UserPreferences nothing was compared/),
    })
    // Behind a table that came back, one of which nothing did is not hidden.
    await compared(7, 'Uploads', 'Sessions')
    expect(await why('verification')).toMatch(/^of UserPreferences nothing was compared/)
    await compared(7, 'UserPreferences')
    const facts = {
      'compared of trial-primary': 391,
      'compared of Uploads': 7,
      'compared of Sessions': 7,
      'compared of UserPreferences': 7,
    }
    expect(await verdict('verification')).toMatchObject({ is: 'kept', evidence: { facts } })
  })

  it('is what the function of an older version said of a kind, until the next test', async () => {
    for (const kind of ['RDS', 'S3', 'DynamoDB']) await put(figureNames.compared, 5, ofKind(kind))
    expect((await verdict('verification')).is).toBe('kept')
    await compared(0, 'Sessions')
    expect(await why('verification')).toMatch(/^of Sessions nothing was compared/)
  })

  it('is broken where a figure is of before the newest test', async () => {
    for (const name of all) await put(figureNames.compared, 5, of(name), { at: ago(30) })
    expect(await why('verification')).toBe('nobody knows how much of trial-primary was compared')
  })
})

describe('a restore of which AWS Backup does not say the kind', () => {
  const says = 'AWS Backup does not say of what kind the restore of trial-primary was (ResourceType)'

  it.each(['verification', 'recoveryPoint', 'recoveryTime'] as const)(
    'is named by %s, whose figures are found by that kind; what is known of the others is said',
    async (name) => {
      for (const ResourceType of [undefined, '']) {
        jobs = [job('RDS', { ResourceType }), ...good().slice(1)]
        expect(await why(name)).toContain(says)
      }
      jobs = [...good().slice(0, 3), job('preferences', { ResourceType: undefined })]
      expect(await why(name)).not.toContain(says)
      expect((await verdict('restoreTest')).is).toBe('kept')
    },
  )

  it('hides nothing that was compared of the others', async () => {
    jobs = [job('RDS', { ResourceType: undefined }), ...good().slice(1)]
    await put(figureNames.compared, 7, dimensionsOfSource('trial', 'S3', 'Uploads'))
    const facts = { 'compared of Uploads': 7, 'compared of trial-primary': 'unknown' }
    expect(await verdict('verification')).toMatchObject({ is: 'broken', evidence: { facts } })
  })
})

describe('the time of work that would be lost, and until it is there again', () => {
  it('is not claimed where the loss is more than is promised, and no more than RDS itself loses', async () => {
    for (const [seconds, hours] of [
      [121, 2.9],
      [360, 2.5],
    ] as const) {
      await put(figureNames.recoveryPoint, seconds, ofKind('RDS'), { at: ago(hours) })
      expect(await verdict('recoveryPoint')).toMatchObject({
        is: 'notClaimed',
        because: expect.stringMatching(new RegExp(`^RDS hands its log over .*: ${seconds}$`)),
      })
    }
  })

  it.each([
    ['recoveryPoint', figureNames.recoveryPoint, 120, 361],
    ['recoveryTime', figureNames.recoveryTime, 900, 901],
  ] as const)(
    '%s is kept within its bound, broken beyond it, and broken where nobody measured it',
    async (name, figure, most, tooMuch) => {
      expect(await why(name)).toBe('the newest restore test of the database did not measure it')
      await put(figure, most, ofKind('RDS'), { at: ago(2.9) })
      expect((await verdict(name)).is).toBe('kept')
      jobs = [job('RDS', { hours: 1 }), ...good()]
      await put(figure, tooMuch, ofKind('RDS'), { at: ago(0.5) })
      expect(await why(name)).toContain(`: ${tooMuch}; `)
      jobs = good().map((one) => (one['ResourceType'] === 'RDS' ? job('RDS', { hours: 0.2 }) : one))
      await put(figure, most, ofKind('RDS'), { at: new Date(now.getTime() + hourMs) })
      expect((await verdict(name)).is).toBe('kept')
    },
  )
})

describe('the newest good backup', () => {
  it('is kept within 26 hours, broken beyond, and broken where nobody says how old it is, or its kind came back no good', async () => {
    const age = (hours: number, at: Date) => put('BackupAge', hours * 3600, dimensionsOf('trial'), { at })
    expect(await why('freshness')).toBe('nobody says how old the newest backup is')
    await age(27, ago(1.2))
    expect(await why('freshness')).toBe('the newest good backup is too old')
    await age(26, new Date(now.getTime() + hourMs / 2))
    expect(await verdict('freshness')).toMatchObject({
      is: 'kept',
      evidence: { facts: { 'age of the newest backup, hours': 26 } },
    })
    jobs = [...good(), job('S3', { hours: 1, ValidationStatus: 'FAILED' })]
    expect(await why('freshness')).toContain('the restore of Uploads is not good')
  })
})

describe('a letter of the result', () => {
  const sns = (name: string, severity: string, value = 1) =>
    put(name, value, { TopicName: topic(severity).split(':').at(-1) ?? '' }, { namespace: 'AWS/SNS' })
  const [delivered, failed] = ['NumberOfNotificationsDelivered', 'NumberOfNotificationsFailed'] as const

  it('is kept where one went out since, broken where none did, and broken where one was not delivered', async () => {
    expect(await why('notification')).toBe('nobody was told anything in the hours of the newest restore test')
    await sns(delivered, 'critical')
    expect(await why('notification')).toBe('nobody was told anything in the hours of the newest restore test')
    await sns(delivered, 'warning', 2)
    expect(await verdict('notification')).toMatchObject({ is: 'kept', evidence: { facts: { 'letters delivered': 2 } } })
    await sns(failed, 'warning')
    expect(await why('notification')).toBe('1 letters of the hours of the newest restore test were not delivered')
  })

  it('of what is not good goes where what is critical goes', async () => {
    jobs = [job('RDS', { hours: 2.5, ValidationStatus: 'FAILED' }), ...good()]
    await sns(delivered, 'warning')
    expect(await why('notification')).toBe('nobody was told anything in the hours of the newest restore test')
    await sns(delivered, 'critical')
    expect((await verdict('notification')).is).toBe('kept')
  })

  it('is not claimed where there is nothing to tell, or it may be under way; and nobody is told without a topic', async () => {
    jobs = []
    expect((await verdict('notification')).is).toBe('notClaimed')
    jobs = [job('RDS', { hours: 0.1 })]
    expect((await verdict('notification')).is).toBe('notClaimed')
    jobs = good()
    endpoint = { ...endpoint, topics: {} }
    expect(await why('notification')).toBe('there is no topic for what is warning')
  })
})
