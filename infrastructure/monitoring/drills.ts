import { type Alarm, type Cause, lastsSeconds } from '../../src/core/alarm.ts'
import type { Facts } from '../../src/core/check.ts'
import { type Drill, DrillFailed } from '../../src/core/drill.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { magnitude } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { type Deliveries, deliveriesOf, missingIn, toldBy } from './deliveries.ts'
import { drillNameOf } from './drill-name.ts'
import type { MonitoringEndpoint, Running } from './endpoint.ts'
import { monitoring } from './guarantees.ts'
import { deployedAs, problemOf, runningRules } from './in-force.ts'
import { abandonedIn, mark, unmark } from './marker.ts'
import type { Rule } from './render-rules.ts'

/** Beyond its periods an alarm is on its way for a look at the figures, one at the rules, and a group of messages. */
const onItsWayMs = 90_000
const looksEveryMs = 250

function alarmDrill(alarm: keyof typeof monitoring, says: string): Drill<MonitoringEndpoint> {
  const name = drillNameOf(alarm)
  return {
    name,
    says,
    proves: [monitoring[alarm].id],
    of: async (endpoint) => {
      const { running, rule } = found(endpoint, alarm, name)
      return deployedAs(rule, running.routes)
    },
    run: (endpoint, world) => run(found(endpoint, alarm, name), name, world),
    // Not where it had not begun yet: what is there then is another one's.
    undo: async (endpoint, world) => (begun.has(alarm) ? undo(endpoint, alarm, world) : undefined),
    show: (facts) =>
      `rang after ${String(facts['fired after'])}, arrived after ${String(facts['arrived after'])}, clear ${String(facts['clear after'])} after its cause`,
  }
}

/** Those whose causes this machine can make. */
export const alarmDrills: readonly Drill<MonitoringEndpoint>[] = [
  alarmDrill('connections', 'opens connections to the database until the alarm rings (1 min)'),
  alarmDrill('replicaLag', "stops a replica's replay until the alarm rings (6 min)"),
  {
    ...alarmDrill('cdnErrors', 'stops the API until the alarm rings (6 min)'),
    harms: 'visitors meet errors for six minutes',
  },
  alarmDrill('hitRatio', 'asks for what is in no cache until the alarm rings (20 min)'),
]

type Found = { readonly running: Running; readonly rule: Rule; readonly its: Alarm; readonly id: string }

function found(endpoint: MonitoringEndpoint, alarm: string, name: string): Found {
  if ('off' in endpoint) throw new OperatorError(`drill ${name}`, endpoint.off, 'monitoring: { enabled: true }')
  const rule = endpoint.rules.find(({ alert }) => alert === alarm)
  const its = endpoint.alarms.find((one) => one.name === alarm)
  if (rule && its) return { running: endpoint, rule, its, id: its.id }
  throw new OperatorError(`drill ${name}`, 'there is no such alarm here', 'edge alarms lists them')
}

/** Takes back what a drill has caused, of this process or of one that is gone. */
export async function undo(endpoint: MonitoringEndpoint, alarm: string, world: World): Promise<void> {
  if ('off' in endpoint) return
  const its = endpoint.alarms.find((one) => one.name === alarm)
  const own = begun.get(alarm)
  begun.delete(alarm)
  if (its) await (own ?? endpoint.causes[alarm]?.(its))?.end(world)
  await unmark(endpoint.drills, alarm)
}

/** What this process has caused: some of it only it can take back. */
const begun = new Map<string, Cause>()

async function run({ running, rule, its, id }: Found, name: string, world: World): Promise<Facts> {
  const cause = running.causes[its.name]?.(its)
  if (!cause) throw new OperatorError(`drill ${name}`, 'its cause cannot be made on this machine', 'edge drill --help')
  for (const left of await abandonedIn(running.drills)) await undo(running, left, world)
  const problem = await problemOf(running, world, rule)
  if (problem !== undefined) throw new OperatorError(`drill ${name}`, problem, 'edge deploy monitoring, then once more')
  const before = await stateOf(running, its.name)
  if (before !== 'inactive')
    throw new OperatorError(`drill ${name}`, `the alarm is ${before} already: that is no drill`, 'edge status says why')
  const counted = await deliveriesOf(running)
  await mark(running.drills, its.name, name, world.now())
  begun.set(its.name, cause)
  const caused = performance.now()
  await cause.begin(world)
  const rang = await watch(name, running, { its, id, word: 'rings', counted }, world)
  const undone = performance.now()
  await undo(running, its.name, world)
  const clear = await watch(name, running, { its, id, word: 'all clear', counted: rang.counted }, world)
  return {
    scaled: false,
    'fired after': shown(rang.changedAt - caused),
    'arrived after': shown(rang.arrivedAt - caused),
    'clear after': shown(clear.arrivedAt - undone),
    says: rang.says,
    'delivered by': rang.by,
  }
}

const shown = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

async function stateOf(running: Running, name: string): Promise<string> {
  return (await runningRules(running)).find((one) => one.name === name)?.state ?? 'unknown'
}

/** What is measured as a time is only beyond its boundary when that has passed. */
const growsMs = ({ name, fires }: Alarm): number =>
  name === 'replicaLag' && 'above' in fires ? magnitude(fires.above) : 0

type Expected = {
  readonly its: Alarm
  readonly id: string
  /** How the notification begins. */
  readonly word: 'rings' | 'all clear'
  readonly counted: Deliveries
}

/** Waits until Prometheus says so, until it lies in the inbox, and until everybody else has it, too. */
async function watch(name: string, running: Running, { its, id, word, counted }: Expected, world: World) {
  const since = world.now().toISOString()
  const withinMs = lastsSeconds(its) * 1000 + onItsWayMs + growsMs(its)
  const deadline = performance.now() + withinMs
  const wanted = word === 'rings' ? 'firing' : 'inactive'
  let changedAt: number | undefined
  for (;;) {
    changedAt ??= (await stateOf(running, its.name)) === wanted ? performance.now() : undefined
    const message = (await running.inbox()).findLast(
      (one) => one.id === id && one.at >= since && one.says.startsWith(word),
    )
    const now = await deliveriesOf(running)
    const missing = missingIn(counted, now)
    if (message && missing.length === 0) {
      const arrivedAt = performance.now()
      return { changedAt: changedAt ?? arrivedAt, arrivedAt, says: message.says, by: toldBy(now), counted: now }
    }
    if (performance.now() > deadline) {
      const what = message ? `did not reach everybody: ${missing.join(', ')}` : 'did not arrive'
      const failed = `"${word}" ${what} within ${shown(withinMs)}`
      throw new DrillFailed(name, failed, { failed }, 'edge notify test shows whether anything arrives')
    }
    await world.sleep(looksEveryMs)
  }
}
