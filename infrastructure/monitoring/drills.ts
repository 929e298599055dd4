import { type Alarm, boundariesOf, type Cause, type HowFar, type Ruled, scaleOf } from '../../src/core/alarm.ts'
import type { Facts } from '../../src/core/check.ts'
import { type Drill, DrillFailed } from '../../src/core/drill.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { count, type Duration, inSeconds, magnitude, seconds, show } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { type Deliveries, deliveriesOf, missingIn, toldBy } from './deliveries.ts'
import { drillNameOf } from './drill-name.ts'
import type { MonitoringEndpoint, Running } from './endpoint.ts'
import { monitoring } from './guarantees.ts'
import { deployedAs, isScaled, problemOf, runningRules } from './running-rules.ts'
import { abandonedIn, mark, unmark } from './marker.ts'
import { nearestTo } from './nearest.ts'
import { aliveRule, guaranteeAlert, heartbeatAtMost, lostWithin, restarts, type Rule } from './render-rules.ts'
import { dropScaled, figureOfNow, ringAt } from './scaled.ts'

/** Beyond its periods an alarm is on its way for a look at the figures, one at the rules, and a group of messages. */
const onItsWayMs = 90_000
const looksEveryMs = 250
/** What else a cause has made ring is over by then. */
const calmWithinMs = 10 * 60_000

/** Those whose rules keep no promise of their own: the check of `silence` says whether they are in force, and were seen. */
const unpromised = [
  'siteDown',
  'apiHangs',
  'silence',
  'agent',
  'restarts',
  'freshness',
  'verification',
  'diskOperations',
  // Its promise is kept by whoever asks for a message.
  'delivery',
] as const
type Unpromised = (typeof unpromised)[number]
type Drilled = keyof typeof monitoring | Unpromised
const isUnpromised = (alarm: Drilled): alarm is Unpromised => unpromised.some((one) => one === alarm)

function alarmDrill(
  alarm: Drilled,
  says: string,
  harms?: string,
  rings: 'all' | 'own' = 'all',
): Drill<MonitoringEndpoint> {
  const name = drillNameOf(alarm)
  return {
    name,
    says,
    ...(harms === undefined ? {} : { harms }),
    rings,
    proves: [monitoring[isUnpromised(alarm) ? 'silence' : alarm].id],
    of: async (endpoint) => {
      const { running, rule } = found(endpoint, alarm, name)
      return deployedAs(rule, running.routes)
    },
    run: (endpoint, world, how) => run(found(endpoint, alarm, name), name, world, how),
    // Not where it had not begun yet: what is there then is another one's.
    undo: async (endpoint, world) => (begun.has(alarm) ? undo(endpoint, alarm, world) : undefined),
    show: (facts) =>
      `${facts['scaled'] === true ? `rang at a scaled boundary (${String(facts['boundary'])})` : 'rang'} after ${String(facts['fired after'])}, arrived after ${String(facts['arrived after'])}, clear ${String(facts['clear after'])} after its cause`,
  }
}

const loadsDisk = 'the disk has all that it can do for six minutes'

/** Of the production document, and of what visitors notice at once; the quickest first. */
export const alarmDrills: readonly Drill<MonitoringEndpoint>[] = [
  alarmDrill('connections', 'opens connections to the database until the alarm rings (1 min)'),
  alarmDrill('backupFailed', 'has a backup fail, and makes a good one afterwards (2 min)'),
  alarmDrill('backupSize', 'has the database grow for one backup (2 min)'),
  alarmDrill('backupDuration', 'holds a backup up; scaled: an hour is not waited for (3 min)'),
  alarmDrill('freeStorage', 'takes room on the disk of the database; scaled, but with --real (2 min)'),
  alarmDrill(
    'apiHangs',
    'stops a process of the API in its work (3 min)',
    'what it was asked before is answered when it goes on, or fails',
  ),
  alarmDrill('siteDown', 'takes nginx out of service (3 min)', 'visitors get no answer for two minutes'),
  alarmDrill('freeableMemory', 'takes memory; scaled, but with --real (8 min)'),
  alarmDrill('databaseCpu', 'has the database compute (8 min)', 'the database has no core to spare for six minutes'),
  alarmDrill('readIops', 'reads from the disk of the database; scaled, but with --real (8 min)'),
  alarmDrill('writeIops', 'writes to the disk of the database; scaled, but with --real (8 min)'),
  alarmDrill('readLatency', 'reads from the disk of the database until it is slow (8 min)', loadsDisk),
  alarmDrill('writeLatency', 'writes to the disk of the database until it is slow (8 min)', loadsDisk),
  alarmDrill('queueDepth', 'asks more of the disk than it can do (8 min)', loadsDisk),
  alarmDrill('replicaLag', "stops a replica's replay until the alarm rings (6 min)"),
  alarmDrill('cdnErrors', 'stops the API until the alarm rings (6 min)', 'visitors meet errors for six minutes'),
  alarmDrill('originLatency', 'holds the API up again and again (8 min)', 'visitors wait a second for six minutes'),
  alarmDrill('hitRatio', 'asks for what is in no cache until the alarm rings (20 min)'),
]

type Found = {
  readonly running: Running
  readonly rule: Rule
  /** Undefined of a rule of monitoring itself, which has no boundary. */
  readonly its: Ruled | undefined
  readonly alert: string
  readonly id: string
}

function found(endpoint: MonitoringEndpoint, alert: string, name: string): Found {
  if ('off' in endpoint) throw new OperatorError(`drill ${name}`, endpoint.off, 'monitoring: { enabled: true }')
  const rule = endpoint.rules.find((one) => one.alert === alert)
  const its = endpoint.alarms.find((one) => one.name === alert)
  if (rule) return { running: endpoint, rule, its, alert, id: its?.id ?? `monitoring.${alert}` }
  throw new OperatorError(`drill ${name}`, 'there is no such alarm here', 'edge alarms lists them')
}

const ownDrill = (alarm: Drilled, says: string) => alarmDrill(alarm, says, undefined, 'own')

/** Of what edge has added to it, likewise. What is missing stands in undrilled.ts. */
export const ownDrills: readonly Drill<MonitoringEndpoint>[] = [
  ownDrill('silence', 'takes an exporter out of service (2 min)'),
  ownDrill('agent', 'holds the agent up (3 min)'),
  ownDrill('verification', 'verifies no backup for a while; scaled: a week is not waited for (3 min)'),
  ownDrill('diskOperations', 'reads from the disk of the database, and writes to it; scaled, but with --real (8 min)'),
  ownDrill('restarts', 'kills an exporter three times (12 min)'),
  ownDrill('delivery', 'sends a message to an address of its own where nobody answers (12 min)'),
  ownDrill('freshness', 'makes no backup for a while; scaled: a day is not waited for (13 min)'),
]

/** Takes back what a drill has caused, of this process or of one that is gone. */
export async function undo(endpoint: MonitoringEndpoint, alarm: string, world: World): Promise<void> {
  if ('off' in endpoint) return
  const own = begun.get(alarm)
  begun.delete(alarm)
  await (own ?? causeOf(endpoint, alarm, { real: false }))?.end(world)
  await dropScaled(endpoint, world)
  await unmark(endpoint.drills, alarm)
}

/** What a rule without a boundary has for one. */
const anyFailure: Alarm['fires'] = { above: count(0, 'failures') }

const causeOf = ({ alarms, causes }: Running, alert: string, how: HowFar): Cause | undefined =>
  causes[alert]?.(alarms.find(({ name }) => name === alert) ?? { fires: anyFailure }, how)

/** What this process has caused: some of it only it can take back. */
const begun = new Map<string, Cause>()

/** Whether this process has run none yet. */
let isFirst = true

async function run(its: Found, name: string, world: World, how: HowFar): Promise<Facts> {
  const { running, rule, alert } = its
  const cause = causeOf(running, alert, how)
  if (!cause) throw new OperatorError(`drill ${name}`, 'its cause cannot be made on this machine', 'edge drill --help')
  for (const left of await abandonedIn(running.drills)) await undo(running, left, world)
  const problem = await problemOf(running, world, rule)
  if (problem !== undefined) throw new OperatorError(`drill ${name}`, problem, 'edge deploy monitoring, then once more')
  if (isFirst) isFirst = false
  else await calm(running, alert, world)
  await refuseInTrouble(running, alert, name)
  const counted = await deliveriesOf(running)
  await mark(running.drills, alert, name, world.now())
  begun.set(alert, cause)
  const boundary = await scaledBoundary(its, cause, how, world)
  const caused = performance.now()
  await cause.begin(world)
  const watched = { ...its, scaledTo: boundary?.boundary, ...(boundary && cause.waits ? { waits: cause.waits } : {}) }
  const rang = await watch(name, { ...watched, word: 'rings', counted }, world)
  const undone = performance.now()
  await cause.end(world)
  // What is left for `undo` is its note, and the rule at a scaled boundary.
  begun.set(alert, { ...cause, end: () => Promise.resolve() })
  const ended = performance.now()
  const clear = await watch(name, { ...watched, word: 'all clear', counted: rang.counted }, world)
  await undo(running, alert, world)
  return {
    scaled: boundary !== undefined,
    ...boundary,
    'fired after': inSeconds(rang.changedAt - caused),
    'arrived after': inSeconds(rang.arrivedAt - caused),
    'clear after': inSeconds(clear.arrivedAt - (ended - undone > 1000 ? ended : undone)),
    says: rang.says,
    'delivered by': rang.by,
  }
}

/**
 * One alarm rings always; another one by the last verification, which calls an alarm broken whose drill was in vain: it may
 * not keep that drill from being run again.
 */
const isTrouble = ({ name }: { readonly name: string }): boolean => name !== aliveRule.alert && name !== guaranteeAlert

/** Whatever rings already is what somebody has to look at, and no drill is told from it. */
async function refuseInTrouble(running: Running, alert: string, name: string): Promise<void> {
  const rules = (await runningRules(running)).filter(isTrouble)
  const state = rules.find((one) => one.name === alert)?.state ?? 'unknown'
  if (state !== 'inactive')
    throw new OperatorError(`drill ${name}`, `the alarm is ${state} already: that is no drill`, 'edge status says why')
  const rings = rules.find((one) => one.state === 'firing')
  if (rings)
    throw new OperatorError(`drill ${name}`, `${rings.name} rings: this instance is in trouble already`, [
      'edge status says why; a drill waits for better times',
    ])
}

/** Where its cause is scaled down: rings from now on at a boundary that the cause gets beyond. Undefined where it is real. */
async function scaledBoundary({ running, rule, its }: Found, cause: Cause, how: HowFar, world: World) {
  const scaled = scaleOf(cause, how)
  if (!scaled || !its) return undefined
  const at = await scaled(await figureOfNow(running, its, world))
  await ringAt(running, its, at, cause.waits, world)
  const [promised] = boundariesOf(its, its.local.unit).slice(-1)
  const waits = cause.waits && { waits: show(cause.waits), 'promised wait': `${rule.for} seconds` }
  return { boundary: at, 'promised boundary': promised?.at ?? Number.NaN, ...waits }
}

/** What the drill before this one has made ring beside its own alarm is over: or this one would be refused for it. */
async function calm(running: Running, alert: string, world: World): Promise<void> {
  const deadline = performance.now() + calmWithinMs
  while (performance.now() < deadline) {
    const rules = (await runningRules(running)).filter(isTrouble)
    if (rules.every(({ name, state }) => state === 'inactive' || (state === 'pending' && name !== alert))) return
    await world.sleep(1000)
  }
}

async function stateOf(running: Running, alert: string, scaled: boolean): Promise<string> {
  return (await runningRules(running)).find((one) => one.name === alert && isScaled(one) === scaled)?.state ?? 'unknown'
}

/** What is measured as a time is only beyond its boundary when that has passed. */
const growsMs = ({ its, alert }: Pick<Expected, 'its' | 'alert'>): number => {
  if (alert === 'replicaLag' && its && 'above' in its.fires) return magnitude(its.fires.above)
  return alert === 'agent' ? heartbeatAtMost.milliseconds : 0
}

/** What looks at a window has it full of what was caused only then. */
const windowMs = ({ its, alert }: Pick<Expected, 'its' | 'alert'>): number => {
  if (alert === 'restarts') return restarts.within.milliseconds
  if (alert === 'delivery') return lostWithin.milliseconds
  return its && its.local.expression('1m') !== its.local.expression('2m') ? seconds(its.period) * 1000 : 0
}

type Expected = Found & {
  /** The boundary where that is not the configured one. */
  readonly scaledTo: number | undefined
  /** How long it waits there, where that is not as configured. */
  readonly waits?: Duration
  /** How the notification begins. */
  readonly word: 'rings' | 'all clear'
  readonly counted: Deliveries
}

/** Waits until Prometheus says so, until it lies in the inbox, and until everybody else has it, too. */
async function watch(name: string, expected: Expected, world: World) {
  const { running, rule, alert, id, scaledTo, word, counted } = expected
  const since = world.now().toISOString()
  const waitsMs = expected.waits?.milliseconds ?? rule.for * 1000
  const withinMs = waitsMs + windowMs(expected) + onItsWayMs + growsMs(expected)
  const deadline = performance.now() + withinMs
  const wanted = word === 'rings' ? 'firing' : 'inactive'
  let changedAt: number | undefined
  for (;;) {
    // A machine that its own cause keeps busy answers late now and then: it is asked again.
    const state = await stateOf(running, alert, scaledTo !== undefined).catch(() => 'unknown')
    changedAt ??= state === wanted ? performance.now() : undefined
    const message = (await running.inbox()).findLast(
      (one) => one.id === id && one.at >= since && one.says.startsWith(word),
    )
    const now = await deliveriesOf(running).catch(() => counted)
    const missing = missingIn(counted, now)
    if (message && missing.length === 0) {
      const arrivedAt = performance.now()
      return { changedAt: changedAt ?? arrivedAt, arrivedAt, says: message.says, by: toldBy(now), counted: now }
    }
    if (performance.now() > deadline) {
      const what = message ? `did not reach everybody: ${missing.join(', ')}` : 'did not arrive'
      throw await inVain(name, `"${word}" ${what} within ${inSeconds(withinMs)}`, expected, withinMs)
    }
    await world.sleep(looksEveryMs)
  }
}

async function inVain(name: string, failed: string, { running, its, scaledTo, word }: Expected, withinMs: number) {
  const near = word === 'rings' && its ? await nearestTo(running, its, scaledTo, withinMs) : undefined
  const whole = near ? `${failed}: ${near.says}` : failed
  const next =
    near?.isBeyond === false
      ? 'its cause did not cause enough: top shows what else this machine does; then once more'
      : 'edge notify test shows whether anything arrives'
  return new DrillFailed(name, whole, { failed: whole }, next)
}
