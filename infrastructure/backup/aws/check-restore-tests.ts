import { broken, type Check, kept, measured, notClaimed, type Verdict } from '../../../src/core/check.ts'
import type { World } from '../../../src/core/world.ts'
import { duration } from '../../../src/core/units.ts'
import type { Severity } from '../../../src/core/severity.ts'
import { backup } from '../guarantees.ts'
import type { BackupEndpointOnAws } from './endpoint.ts'
import { dimensionsOf, namespace } from './measured.ts'
import { figuresWithin } from './newest-figure.ts'
import type { Ended } from './ended-tests.ts'
import { factsOf, look, newestTests, ofGoodTests } from './restore-tests.ts'
import { dimensionsOfKind, dimensionsOfSource, figureNames, nameIn } from './restored.ts'

/** Each kind of data came back, and was as it was. */
export const restoreTest = ofGoodTests((tests) => kept(measured(factsOf(tests))))

/** Of whatever came back all was read: how much that was, each test says in figures. */
export const verification = ofGoodTests(async (tests, endpoint, world) => {
  const counted = await Promise.all(
    tests.map(async (test) => [test.source, await comparedIn(test, endpoint, world)] as const),
  )
  const facts = measured({
    ...Object.fromEntries(counted.map(([source, count]) => [`compared of ${source}`, count ?? 'unknown'])),
    'tested at': tests.map(({ begun }) => begun.toISOString()).toSorted()[0] ?? 'never',
  })
  const nameless = tests.find(({ kind }) => kind === '')
  if (nameless) return broken(facts, unsaid(nameless.source), look)
  const silent = counted.find(([, count]) => count === undefined)
  if (silent) return broken(facts, `nobody knows how much of ${silent[0]} was compared`, look)
  const none = counted.flatMap(([source, count]) => (count === 0 ? [source] : []))
  if (none.length === counted.length)
    return broken(facts, 'nothing was compared: nothing came back, or nothing was there', look)
  if (none.length > 0)
    return notClaimed(
      `of ${none.join(', ')} nothing was compared: nothing was there, or all of it changed during its backup`,
    )
  return kept(facts)
})

/** Its figures are found by it alone: CloudWatch takes no empty dimension, neither of who puts one nor of who asks. */
const unsaid = (source: string): string =>
  `AWS Backup does not say of what kind the restore of ${source} was (ResourceType), by which its figures are found`

/** How much of one source was compared. A function of an older version of edge said it of its whole kind alone. */
async function comparedIn(test: Ended, endpoint: BackupEndpointOnAws, world: World): Promise<number | undefined> {
  const { instance } = endpoint
  const { kind, source } = test
  if (kind === '') return undefined
  const ofSource = await figureSince(
    test,
    figureNames.compared,
    dimensionsOfSource(instance, kind, source),
    endpoint,
    world,
  )
  return ofSource ?? (await figureSince(test, figureNames.compared, dimensionsOfKind(instance, kind), endpoint, world))
}

/** The newest value of a figure since a test began. */
async function figureSince(
  { begun }: Ended,
  name: string,
  dimensions: Readonly<Record<string, string>>,
  { deployed: { client } }: BackupEndpointOnAws,
  world: World,
): Promise<number | undefined> {
  const figure = { namespace, name, dimensions, statistic: 'Maximum' } as const
  return (await figuresWithin(client, figure, { from: begun, to: world.now() })).at(-1)
}

/** The newest figure of tests of one kind, since the first of them began. */
async function figureOf(
  name: string,
  tests: readonly Ended[],
  endpoint: BackupEndpointOnAws,
  world: World,
): Promise<number | undefined> {
  const [first] = tests.toSorted((one, other) => one.begun.getTime() - other.begun.getTime())
  return first && figureSince(first, name, dimensionsOfKind(endpoint.instance, first.kind), endpoint, world)
}

/**
 * RDS hands its log over every five minutes, and a heartbeat is a minute old at most: of what came back, the newest one is
 * older than this where something is lost that need not be. What lies between the promise and this is RDS's own.
 */
const recoveryPointOfRds = duration('6 minutes')

/** A figure of the newest restore of the database, against its bound; between that and `unclaimed.ms` nothing is claimed. */
const ofDatabase = (
  name: string,
  fact: string,
  atMostMs: number,
  why: string,
  unclaimed?: { readonly ms: number; readonly because: string },
): Check<BackupEndpointOnAws> =>
  ofGoodTests(async (tests, endpoint, world) => {
    const its = tests.filter(({ kind }) => kind === 'RDS')
    const seconds = await figureOf(name, its, endpoint, world)
    const facts = measured({
      [fact]: seconds ?? 'unknown',
      'at most': atMostMs / 1000,
      ...(unclaimed ? { 'broken beyond': unclaimed.ms / 1000 } : {}),
      ...factsOf(its),
    })
    const nameless = tests.find(({ kind, source }) => kind === '' && source === endpoint.primary)
    if (nameless) return broken(facts, unsaid(nameless.source), look)
    if (seconds === undefined) return broken(facts, 'the newest restore test of the database did not measure it', look)
    if (seconds * 1000 <= atMostMs) return kept(facts)
    if (unclaimed && seconds * 1000 <= unclaimed.ms) return notClaimed(`${unclaimed.because}; ${fact}: ${seconds}`)
    return broken(facts, `${fact}: ${seconds}; ${why}`, look)
  })

export const recoveryPoint = ofDatabase(
  figureNames.recoveryPoint,
  'seconds from the newest heartbeat that came back to the start of the restore',
  backup.recoveryPoint.atMost.milliseconds,
  'does the heartbeat run (the function …-replica-heartbeat)?',
  { ms: recoveryPointOfRds.milliseconds, because: 'RDS hands its log over every five minutes' },
)

export const recoveryTime = ofDatabase(
  figureNames.recoveryTime,
  'seconds from the start of the restore to the first answer',
  backup.recoveryTime.atMost.milliseconds,
  'a larger database takes RDS longer',
)

/** CloudWatch is told every five minutes. */
const silentMs = 30 * 60_000

/** The newest whole backup of whatever has the oldest; and what a backup of its kind is worth, the newest restore test says. */
export const freshness = ofGoodTests(async (tests, { instance, deployed: { client } }, world) => {
  const now = world.now()
  const figure = { namespace, name: 'BackupAge', dimensions: dimensionsOf(instance), statistic: 'Maximum' } as const
  const seconds = (await figuresWithin(client, figure, { from: new Date(now.getTime() - silentMs), to: now })).at(-1)
  const facts = measured({ 'age of the newest backup, hours': hours(seconds), ...factsOf(tests) })
  if (seconds === undefined) return broken(facts, 'nobody says how old the newest backup is', look)
  return seconds * 1000 <= backup.freshness.atMost.milliseconds
    ? kept(facts)
    : broken(facts, 'the newest good backup is too old', 'aws backup list-backup-jobs; docs/runbooks/backup-failed.md')
})
const hours = (seconds: number | undefined): number | string =>
  seconds === undefined ? 'unknown' : Math.round(seconds / 360) / 10

/** From the event of a result to the letter, and to the figure of it. */
const underWayMs = 30 * 60_000

/** A restore, and the look into it, may take hours; letters of later days are about something else. */
const toldWithinMs = 8 * 3_600_000

/** A letter of the newest result went out to somebody: SNS counts what it delivered, and what it could not. */
export const notification: Check<BackupEndpointOnAws> = async (endpoint, world) => {
  const tests = [...(await newestTests(endpoint, world)).values()].filter((one) => one !== undefined)
  const newest = tests.toSorted((one, other) => other.begun.getTime() - one.begun.getTime())[0]
  if (!newest) return notClaimed('nothing was restored for a test yet, of which somebody could have been told')
  const severity: Severity = newest.isGood ? 'warning' : 'critical'
  const topic = endpoint.topics[severity]
  if (topic === undefined)
    return broken(measured({}), `there is no topic for what is ${severity}`, 'edge deploy monitoring --target aws')
  if (world.now().getTime() - newest.begun.getTime() < underWayMs)
    return notClaimed('the letter of the newest restore test may be under way still')
  return judgeLetters(topic, newest, endpoint, world)
}

async function judgeLetters(
  topic: string,
  newest: Ended,
  { deployed: { client } }: BackupEndpointOnAws,
  world: World,
): Promise<Verdict> {
  const [delivered = 0, failed = 0] = await Promise.all(
    ['NumberOfNotificationsDelivered', 'NumberOfNotificationsFailed'].map(async (name) => {
      const figure = { namespace: 'AWS/SNS', name, dimensions: { TopicName: nameIn(topic) }, statistic: 'Sum' } as const
      const to = new Date(Math.min(world.now().getTime(), newest.begun.getTime() + toldWithinMs))
      const all = await figuresWithin(client, figure, { from: newest.begun, to })
      return all.reduce((sum, one) => sum + one, 0)
    }),
  )
  const facts = measured({
    topic: nameIn(topic),
    'letters delivered': delivered,
    'not delivered': failed,
    ...factsOf([newest]),
  })
  const who = `aws sns list-subscriptions-by-topic --topic-arn ${topic} shows who is told`
  if (failed > 0)
    return broken(facts, `${failed} letters of the hours of the newest restore test were not delivered`, who)
  return delivered > 0
    ? kept(facts)
    : broken(facts, 'nobody was told anything in the hours of the newest restore test', who)
}
