import type { MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { boundariesOf } from '../../../src/core/alarm.ts'
import type { Verdict } from '../../../src/core/check.ts'
import { sumOf } from '../../../src/core/cloudwatch-alarm.ts'
import { lookedAtBy } from '../../../src/core/own-function.ts'
import { seconds } from '../../../src/core/units.ts'
import { alarmProperties, resourcesOf, valuesOf } from '../../../src/targets/aws/alarm-proof.ts'
import { testWorld } from '../../../test/world.ts'
import { failedJobs } from '../../backup/alarms.ts'
import { figureOf as figureOfJobs } from '../../backup/aws/figures.ts'
import { alarmsAt } from '../alarms.ts'
import { monitoringSettings } from '../settings.ts'
import { severityOfAlarm } from '../severity.ts'
import { alarmCalls } from './check-alarm.ts'
import { checksOnAws } from './checks.ts'
import { continuous } from './check-figures.ts'
import type { Watched } from './dashboard.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'
import { proven } from '../proofs/test-template.ts'
import { figureIn, Stub, type Subscriber } from './test-stub.ts'
import { watchedInRegion } from './watched-functions.ts'
import { withIds } from './watched-ids.ts'

/*
 * The checks of monitoring as `edge verify monitoring --target aws` runs them, against what AWS answers where an emulator has
 * no such answer: a subscription that nobody has confirmed, a figure that is measured, or is not.
 */

const topic = (severity: string): string => `arn:aws:sns:us-east-1:000000000000:trial-${severity}`
const topics = { critical: topic('critical'), warning: topic('warning') }
/** Most in the configured region, and one that is measured elsewhere. */
const watched: readonly Watched[] = proven.watched
  .filter(({ namespace }) => namespace === 'AWS/RDS')
  .map((one) => (one.alarm.name === 'replicaLag' ? { ...one, region: 'eu-west-1' } : one))
const functions = watchedInRegion(proven)

/** Everybody who is configured, each confirmed; `but`: one who is not. */
const everybody = (but?: string) =>
  Object.fromEntries(
    (['critical', 'warning'] as const).map((severity) => {
      const passesOn = { to: 'arn:aws:lambda:us-east-1:000000000000:function:trial-webhook', confirmed: true }
      const called = proven.called[severity].map((to): Subscriber => ({ to, confirmed: to !== but }))
      return [topics[severity], [...called, passesOn]]
    }),
  )

/** An alarm as CloudWatch answers it, which calls by itself. */
function answered({ alarm, namespace, dimensions }: Omit<Watched, 'region'>, calls: string): readonly MetricAlarm[] {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
  const sum = sumOf(alarm.metric)
  const stat = (MetricName: string) => ({
    Metric: { Namespace: namespace, MetricName, Dimensions },
    Period: seconds(alarm.period),
    Stat: alarm.metric.statistic,
  })
  const Metrics = sum && [
    { Id: 'expr_1', Expression: sum.expression, ReturnData: true },
    ...Object.entries(sum.figures).map(([Id, one]) => ({ Id, MetricStat: stat(one), ReturnData: false })),
  ]
  return boundariesOf(alarm, alarm.metric.unit).map((boundary, _, all) => {
    expect(resourcesOf(alarm).length).toBe(all.length)
    const side = all.length === 1 ? '' : `-${boundary.side}`
    const values = Object.fromEntries(
      alarmProperties.map((name, place) => [name, valuesOf(alarm, namespace, boundary)[place]]),
    )
    const rest = {
      AlarmName: `trial-${alarm.id}${side}`,
      AlarmActions: [calls],
      ActionsEnabled: true,
      StateValue: 'OK' as const,
    }
    return Metrics
      ? { ...values, ...rest, MetricName: undefined, Namespace: undefined, Metrics }
      : { ...values, ...rest, Dimensions }
  })
}

let stub: Stub
let endpoint: MonitoringEndpointOnAws
beforeAll(async () => {
  stub = await Stub.start()
  // Of a deployed stack, these checks look at how AWS is asked alone.
  endpoint = {
    name: proven.name,
    topics,
    publishers: { rules: true },
    watched,
    functions,
    site: { missing: 'the site is not deployed' },
    called: proven.called,
    deployed: { client: stub.client },
  } as unknown as MonitoringEndpointOnAws
})
afterAll(() => stub.stop())

/** What an alarm finds its figure by. */
const figureOf = ({ alarm, namespace, dimensions, region }: Watched): string =>
  figureIn(region, {
    Namespace: namespace,
    MetricName: alarm.metric.name,
    Period: seconds(alarm.period),
    Statistics: [alarm.metric.statistic],
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  })

beforeEach(() => {
  stub.asked.length = 0
  stub.has.stacks = {}
  stub.has.subscribers = everybody()
  stub.has.figures = new Set(continuous(watched).map(figureOf))
  stub.has.alarms = [
    ...watched.flatMap((one) => answered(one, topics[severityOfAlarm(one.alarm)])),
    ...functions.flatMap((alarm) => answered({ alarm, ...lookedAtBy(alarm, 'trial') }, topics[alarm.severity])),
  ]
})

const { world } = testWorld()
type Name = 'databaseCpu' | 'connections' | 'writeIops' | 'delivery' | 'silence'
async function verdict(name: Name): Promise<Verdict> {
  const check = checksOnAws[name]
  if (typeof check !== 'function') throw new Error(`${name} has no check`)
  return check(endpoint, world)
}
const because = async (name: Name): Promise<readonly [string, string | undefined]> => {
  const seen = await verdict(name)
  return [seen.is, 'because' in seen ? seen.because : undefined]
}

describe('an alarm on AWS', () => {
  it('is kept where everybody who is configured has confirmed', async () => {
    for (const name of ['databaseCpu', 'connections', 'writeIops'] as const)
      expect(await because(name)).toEqual(['kept', undefined])
  })

  it('is broken while one of them has not, and says what that one does', async () => {
    stub.has.subscribers = everybody('night@example.com')
    const seen = await verdict('connections')
    expect(seen).toMatchObject({
      is: 'broken',
      because: 'night@example.com has not confirmed',
      next: expect.stringContaining('the letter of AWS to night@example.com has a link'),
      evidence: { facts: { 'not confirmed': ['night@example.com'] } },
    })
    // Who is not called about warnings need not confirm for them.
    expect(await because('databaseCpu')).toEqual(['kept', undefined])
    stub.has.subscribers = everybody()
    expect(await because('connections')).toEqual(['kept', undefined])
  })

  it('is broken where one who is configured is not subscribed at all, or nobody is', async () => {
    stub.has.subscribers = { [topics.critical]: everybody()[topics.critical]?.slice(1) ?? [] }
    expect(await because('connections')).toEqual(['broken', 'ops@example.com is not called'])
    expect((await because('databaseCpu'))[0]).toBe('broken')
  })
})

describe('the way of a letter on AWS', () => {
  it('is not claimed where nothing stands in it, and broken while an address has not confirmed', async () => {
    expect((await because('delivery'))[0]).toBe('notClaimed')
    stub.has.subscribers = everybody('ops@example.com')
    expect(await because('delivery')).toEqual([
      'broken',
      [topics.critical, topics.warning]
        .map((one) => `${one} waits for ops@example.com to confirm: the letter of AWS has a link`)
        .join('; '),
    ])
  })
})

describe('the figures that alarms look at on AWS', () => {
  it('are there, each asked for in the region of its alarm by exactly its names, dimensions, period and statistic', async () => {
    const seen = await verdict('silence')
    expect(seen).toMatchObject({ is: 'kept', evidence: { facts: { figures: 10, 'without a data point': 'none' } } })
    expect(stub.asked.toSorted()).toEqual([...stub.has.figures].toSorted())
    expect(stub.asked.filter((one) => one.startsWith('eu-west-1 '))).toEqual([
      'eu-west-1 AWS/RDS ReplicaLag 60 Average DBInstanceIdentifier=trial-primary',
    ])
    expect(stub.asked).toContain('us-east-1 AWS/RDS CPUUtilization 60 Average DBInstanceIdentifier=trial-primary')
  })

  it.each<[string, (figure: string) => string, string]>([
    ['there is none at all', () => 'none', 'CPUUtilization'],
    ['it is of another server', (one) => one.replace('trial-primary', 'another'), 'CPUUtilization'],
    ['it is in another region', (one) => one.replace('us-east-1', 'us-west-2'), 'CPUUtilization'],
    [
      'it is in the configured region, and its alarm in another',
      (one) => one.replace('eu-west-1', 'us-east-1'),
      'ReplicaLag',
    ],
    ['it has another statistic', (one) => one.replace('Average', 'Sum'), 'FreeableMemory'],
  ])('are missed where %s', async (_, change, of) => {
    stub.has.figures = new Set([...stub.has.figures].map((one) => (one.includes(` ${of} `) ? change(one) : one)))
    const seen = await verdict('silence')
    expect(seen).toMatchObject({
      is: 'broken',
      because: `${of}: no data point within 15 min, so the alarm looks at nothing`,
      evidence: { facts: { figures: 10, 'without a data point': [of] } },
    })
  })

  it('are not asked for where an alarm about what measures them is gone', async () => {
    stub.has.alarms = stub.has.alarms.filter(({ AlarmName }) => AlarmName !== 'trial-backup-figures.errors')
    expect(await because('silence')).toEqual(['broken', 'there is no trial-backup-figures.errors'])
    expect(stub.asked).toEqual([])
  })
})

describe('the alarm about backups that failed on AWS', () => {
  const [failed] = alarmsAt(monitoringSettings.parse({}), [failedJobs])
  if (!failed) throw new Error('there is no alarm')
  const shown = { alarm: failed, ...figureOfJobs(failed, { instance: 'trial', region: 'us-east-1' }) }
  const calls = async (): Promise<readonly [string, string | undefined]> => {
    const seen = await alarmCalls('backupFailed')({ ...endpoint, watched: await withIds([shown], stub.client) }, world)
    return [seen.is, 'because' in seen ? seen.because : undefined]
  }
  const isAbout = (vault: string) =>
    answered({ alarm: failed, namespace: 'AWS/Backup', dimensions: { BackupVaultName: vault } }, topics.critical)

  it('is kept where it looks at the vault that the stack has', async () => {
    stub.has.stacks = { 'trial-backup': { Vault23237E5B: 'trial-0a1b2c3d' } }
    stub.has.alarms = isAbout('trial-0a1b2c3d')
    expect(await calls()).toEqual(['kept', undefined])
  })

  it('is broken where it looks at another vault, at fewer jobs, or is not there', async () => {
    stub.has.stacks = { 'trial-backup': { Vault23237E5B: 'trial-0a1b2c3d' } }
    stub.has.alarms = isAbout('trial-of-before')
    expect(await calls()).toEqual([
      'broken',
      'trial-monitoring.backupFailed looks at BackupVaultName trial-of-before, not BackupVaultName trial-0a1b2c3d',
    ])
    stub.has.alarms = isAbout('trial-0a1b2c3d').map((one) => ({ ...one, Metrics: one.Metrics?.slice(1, 2) }))
    expect((await calls())[0]).toBe('broken')
    stub.has.alarms = []
    expect(await calls()).toEqual(['broken', 'there is no trial-monitoring.backupFailed'])
  })

  it('is broken, and asked for, where the stack with the vault is not deployed', async () => {
    stub.has.stacks = {}
    stub.has.alarms = []
    expect(await calls()).toEqual(['broken', 'there is no trial-monitoring.backupFailed'])
  })
})
