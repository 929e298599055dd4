import { createRequire } from 'node:module'
import {
  CloudWatchClient,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { Between } from '../../../test/ministack/between.ts'

// What the stack carries has no types; it is called with what the clock of EventBridge says.
const { handler } = createRequire(import.meta.url)('./bundled/remind.cjs') as {
  readonly handler: (event: { readonly time: string }) => Promise<void>
}

let between: Between
let letters: string[] = []
const names = ['trial-freeStorage', 'trial-databaseCpu', 'trial-freshness']
/** Nothing calls for it. */
const byItself = 'trial-webhook.errors'
beforeAll(async () => {
  between = await Between.withEmulator()
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
  between.rule = async ({ body }, answered) => {
    if (body.includes('Action=Publish')) letters.push(decodeURIComponent(body.replaceAll('+', ' ')))
    return answered()
  }
  const topics = await Promise.all(
    ['critical', 'warning'].map(
      async (name) => (await new SNSClient({}).send(new CreateTopicCommand({ Name: name }))).TopicArn,
    ),
  )
  const [freeStorage, databaseCpu, freshness] = names
  const given = {
    INSTANCE: 'trial',
    ALARMS: JSON.stringify([
      {
        critical: { caller: 'trial-database-critical', alarms: [freeStorage] },
        warning: { caller: 'trial-database-warning', alarms: [databaseCpu] },
      },
      {
        critical: { caller: 'trial-backup-critical', alarms: [] },
        warning: { caller: 'trial-backup-warning', alarms: [freshness] },
      },
      { critical: { alarms: [byItself] }, warning: { alarms: [] } },
    ]),
    REMIND_EVERY_MS: String(4 * 3_600_000),
    CRITICAL_TOPIC: topics[0] ?? '',
    WARNING_TOPIC: topics[1] ?? '',
  }
  for (const [name, value] of Object.entries(given)) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await between.stop()
})

beforeEach(async () => {
  letters = []
  const alarm = { Namespace: 'any', MetricName: 'any', Statistic: 'Average', Period: 60, EvaluationPeriods: 1 } as const
  for (const AlarmName of [...names, byItself])
    await new CloudWatchClient({}).send(
      new PutMetricAlarmCommand({ ...alarm, AlarmName, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' }),
    )
})

const set = (AlarmName: string, StateValue: 'ALARM' | 'OK') =>
  new CloudWatchClient({}).send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a test' }))

/** What is told at a look so many hours from now. */
async function toldAfter(hours: number): Promise<readonly string[]> {
  letters = []
  await handler({ time: new Date(Date.now() + hours * 3_600_000).toISOString() })
  return letters
}

it('tells nothing where nothing rings, and nothing again before it is time', async () => {
  expect(await toldAfter(4.1)).toEqual([])
  await set('trial-databaseCpu', 'ALARM')
  expect(await toldAfter(3.9)).toEqual([])
})

it('reminds each stack’s topic of what rings, with its name, and of all of a stack in one letter', async () => {
  for (const name of names) await set(name, 'ALARM')
  const [database = '', backup = '', ...more] = await toldAfter(4.1)
  expect(more).toEqual([])
  expect(database).toMatch(/TopicArn=\S*:critical&/)
  expect(database).toContain('[trial] still rings: 2 alarms')
  expect(database).toMatch(/trial-freeStorage, since [\s\S]*trial-databaseCpu, since /)
  expect(backup).toMatch(/TopicArn=\S*:warning&/)
  expect(backup).toContain('still rings: 1 alarm')
})

it('reminds of one that calls by itself', async () => {
  for (const name of names) await set(name, 'OK')
  await set(byItself, 'ALARM')
  const [letter = '', ...more] = await toldAfter(4.1)
  expect(more).toEqual([])
  expect(letter).toMatch(/TopicArn=\S*:critical&/)
  expect(letter).toContain('trial-webhook.errors, since ')
  await set(byItself, 'OK')
})

it('reminds of nothing that is over, or that somebody has switched off', async () => {
  await set('trial-databaseCpu', 'ALARM')
  await new CloudWatchClient({}).send(new DisableAlarmActionsCommand({ AlarmNames: ['trial-databaseCpu'] }))
  expect(await toldAfter(4.1)).toEqual([])
  await new CloudWatchClient({}).send(new EnableAlarmActionsCommand({ AlarmNames: ['trial-databaseCpu'] }))
  expect(await toldAfter(4.1)).toHaveLength(1)
})
