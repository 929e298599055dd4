import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { main } from '../src/cli/main.ts'
import type { CloudWatchAlarm } from '../src/core/cloudwatch-alarm.ts'
import { asOneFigure } from '../src/targets/aws/alarm-proof.ts'
import { at, list } from '../src/targets/aws/template.ts'
import { testWorld } from '../test/world.ts'
import { alarmsOnAws, measuredOnAws } from './aws-alarms.ts'
import { allFunctionAlarms } from './own-functions.ts'
import { allTemplates, configuration, type Found, ofType } from '../test/all-templates.ts'

/** An alarm as CloudWatch has it, but for whom it is about. */
type Rendered = Omit<CloudWatchAlarm, 'name'>

let deployed: ReadonlyMap<string, Found>
let composites: readonly Found[]
let rules: readonly Found[]
beforeAll(async () => {
  const templates = await allTemplates()
  const all = ofType(templates, 'AWS::CloudWatch::Alarm')
  deployed = new Map(all.map((one) => [String(at(one.properties, 'AlarmName')).replace(/^trial-/, ''), one]))
  if (deployed.size !== all.length) throw new Error('two alarms have one name')
  composites = ofType(templates, 'AWS::CloudWatch::CompositeAlarm')
  rules = ofType(templates, 'AWS::Events::Rule')
})

/** What a stack deploys, in the words of `edge alarms`. */
const inWords = ({ properties }: Found): unknown => {
  const its = asOneFigure(properties)
  return {
    metric: at(its, 'MetricName'),
    statistic: at(its, 'Statistic') ?? at(its, 'ExtendedStatistic'),
    operator: at(its, 'ComparisonOperator'),
    threshold: at(its, 'Threshold'),
    period: at(its, 'Period'),
    evaluationPeriods: at(its, 'EvaluationPeriods'),
    missingData: at(its, 'TreatMissingData'),
  }
}

/** Every CloudWatch alarm that `edge alarms` prints, by its name. */
async function printed(): Promise<Readonly<Record<string, Rendered>>> {
  const { world, stdout } = testWorld({ argv: ['alarms', '--json'] })
  expect(await main(world)).toBe(0)
  type Listed = readonly { readonly cloudWatch: readonly CloudWatchAlarm[] }[]
  const { alarms, onAws }: { alarms: Listed; onAws: Listed } = JSON.parse(stdout())
  const all = [...alarms, ...onAws].flatMap(({ cloudWatch }) => cloudWatch)
  const named = all.map(({ name, ...its }) => [name, its] as const)
  expect(new Set(named.map(([name]) => name)).size).toBe(all.length)
  return Object.fromEntries(named)
}

describe('the CloudWatch alarms that edge alarms prints', () => {
  it('are those that the stacks deploy, each with the same figure, statistic, boundary, periods and missing data', async () => {
    const made = Object.fromEntries([...deployed].map(([name, one]) => [name, inWords(one)]))
    expect(await printed()).toEqual(made)
    expect(Object.keys(made)).toContain('monitoring.backupFailed')
  })

  it('look at figures of these services, by these dimensions', () => {
    const found = new Map<string, string[]>()
    for (const [name, { properties }] of deployed) {
      const its = asOneFigure(properties)
      const by = list(at(its, 'Dimensions')).map((one) => String(at(one, 'Name')))
      const where = [String(at(its, 'Namespace')), ...by.toSorted()].join(' ')
      found.set(where, [...(found.get(where) ?? []), name.replace(/^monitoring\./, '')])
    }
    expect(Object.fromEntries([...found].map(([where, names]) => [where, names.toSorted()]))).toEqual({
      'AWS/RDS DBInstanceIdentifier': [
        'connections',
        'databaseCpu',
        'diskOperations',
        'freeStorage',
        'freeableMemory',
        'queueDepth',
        'readIops',
        'readLatency',
        'replicaLag',
        'writeIops',
        'writeLatency',
      ],
      'AWS/Backup BackupVaultName': ['backupFailed'],
      'edge/Backup Instance': [
        'backup.freshness',
        'backup.verification',
        'backupDuration',
        'backupSize-above',
        'backupSize-below',
      ],
      'AWS/CloudFront DistributionId Region': ['cdnErrors', 'hitRatio', 'originLatency'],
      'AWS/Lambda FunctionName': idsOf('function'),
      'AWS/Events RuleName': idsOf('rule'),
    })
  })
})

const idsOf = (of: 'function' | 'rule'): readonly string[] =>
  allFunctionAlarms.flatMap(({ id, kind }) => (kind === of ? [id] : [])).toSorted()

describe('metric maths', () => {
  /** Alarms that look at an expression, with it. */
  const maths = (): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      [...deployed].flatMap(([name, { properties }]) => {
        const [sum] = list(at(properties, 'Metrics')).filter((one) => at(one, 'Expression') !== undefined)
        return sum === undefined ? [] : [[name, at(sum, 'Expression')]]
      }),
    )
  const failing = 'errors + throttles + 0 * invocations'

  it('is in these alarms, and in no other', () => {
    expect(maths()).toEqual({
      'monitoring.backupFailed':
        'numberOfBackupJobsFailed + numberOfBackupJobsAborted + numberOfBackupJobsExpired + 0 * numberOfBackupJobsCompleted',
      'monitoring.diskOperations': 'readIOPS + writeIOPS',
      'backup-figures.errors': failing,
      'read-database.errors': failing,
      'reminders.errors': failing,
      'replica-heartbeat.errors': failing,
      'rotate-password.errors': failing,
      'site-reminders.errors': failing,
      'site-webhook.errors': failing,
      'validate-restore.errors': failing,
      'webhook.errors': failing,
    })
  })

  it('is told of in the page of the room, with why free storage, the hit ratio and the share of operations have none', () => {
    const page = readFileSync(join(import.meta.dirname, 'monitoring/README.md'), 'utf8')
    const [section = ''] = /\*\*Metric maths\*\*[^]*?(?=\n\n)/.exec(page) ?? []
    for (const name of ['backupFailed', 'diskOperations', 'freeStorage', 'hitRatio', 'readIops', 'writeIops'])
      expect(section).toContain(`\`${name}\``)
  })
})

describe('the letter of every alarm', () => {
  const runbooks = readdirSync(join(import.meta.dirname, '../docs/runbooks'))
  const measured = [...alarmsOnAws(configuration, measuredOnAws), ...allFunctionAlarms]
  const descriptions = () =>
    [...deployed].map(([name, { properties }]) => [name, String(at(properties, 'AlarmDescription'))] as const)

  it('says what it is about, what that means, how to look, and where it stands what to do', () => {
    for (const [name, says] of descriptions()) {
      const its = measured.find(({ id }) => name === id || name.startsWith(`${id}-`))
      expect([name, its?.id]).toEqual([name, expect.any(String)])
      expect(says).toContain(`${its?.says} ${its?.means} Look: ${its?.lookOnAws ?? its?.look}`)
      const [, runbook] = / What to do: docs\/runbooks\/([\w-]+\.md)$/.exec(says) ?? []
      expect([name, runbooks.includes(String(runbook))]).toEqual([name, true])
    }
  })

  it('of several names each of them, with what to do about it', () => {
    for (const { stack, properties } of composites) {
      const says = String(at(properties, 'AlarmDescription'))
      const its = list(at(properties, 'AlarmRule', 'Fn::Join', 1)).flatMap((part) => at(part, 'Ref') ?? [])
      const called = [...deployed.entries()].filter(([, one]) => one.stack === stack && its.includes(one.logical))
      expect(called.length).toBe(its.length)
      for (const [name] of called) {
        const alarm = measured.find(({ id }) => name === id || name.startsWith(`${id}-`))
        expect(says).toMatch(new RegExp(`${alarm?.runbook} \\([^)]*\\b${alarm?.name}\\b`))
      }
    }
  })

  it('says in both letters of a backup that failed that the other one is of the same failure', () => {
    const [, said = ''] = descriptions().find(([name]) => name.endsWith('monitoring.backupFailed')) ?? []
    expect(said).toContain('A letter of EventBridge told of the same failure at once')
    const rule = rules.find(({ properties }) => at(properties, 'Name') === 'trial-backup-failed')
    const letters = list(at(rule?.properties, 'Targets')).map((one) =>
      String(at(one, 'InputTransformer', 'InputTemplate')),
    )
    expect(letters).toEqual([expect.stringContaining('no second failure when the alarm monitoring.backupFailed rings')])
  })

  it('tells nobody to look at files or logs of a machine that is not there', () => {
    expect(descriptions().filter(([, says]) => /edge (logs|backup)\b|\bps aux|\bdf -h|\/proc\//.test(says))).toEqual([])
  })

  it('fits into what CloudWatch takes, in letters that CloudFormation keeps', () => {
    const callers = composites.map(
      ({ logical, properties }) => [logical, String(at(properties, 'AlarmDescription'))] as const,
    )
    expect(callers.length).toBeGreaterThan(3)
    for (const [name, says] of [...descriptions(), ...callers])
      expect([name, says.length <= 1024, /^[ -~]+$/.test(says)]).toEqual([name, true, true])
  })
})
