import {
  broken,
  type Check,
  type CheckOf,
  type ChecksFor,
  declared,
  type Facts,
  kept,
  measured,
  notClaimed,
  type Verdict,
} from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import { difference, type DrillRecord } from '../../src/core/record.ts'
import type { World } from '../../src/core/world.ts'
import { z } from 'zod'
import { minuteOf } from '../../src/core/units.ts'
import { ask } from './ask.ts'
import { sendsSoSince } from './deliveries.ts'
import { drillNameOf } from './drill-name.ts'
import type { MonitoringEndpoint, Running } from './endpoint.ts'
import { monitoring } from './guarantees.ts'
import { deployedAs, problemOf, ruleProblem, sourceProblem, wayProblem } from './running-rules.ts'
import { jobs } from './jobs.ts'
import { ownSeen } from './own-seen.ts'
import { aliveReceiver, nowhere, ownReceivers } from './own-receivers.ts'
import { aliveRule, type Rule } from './render-rules.ts'
import { silenceOf } from './silences.ts'
import { failuresCountFor, isSameWay, notifyRecord, wayOf } from './way.ts'

const putBack = 'edge deploy monitoring puts back what is configured; edge status shows what is down'

/** Of what runs; whoever cannot even be asked calls nobody. */
const onRunning =
  (look: (running: Running, world: World) => Promise<Verdict>): Check<MonitoringEndpoint> =>
  async (endpoint, world) => {
    if ('off' in endpoint) return notClaimed(endpoint.off)
    return look(endpoint, world).catch((error: unknown) =>
      broken(measured({}), `nobody would be called: ${messageOf(error)}`, putBack),
    )
  }

/**
 * Somebody is called: the source, the rule and the route are in force now, and a drill has seen the alarm arrive and clear
 * under this rule and this route.
 */
const alarm = (name: string): CheckOf<MonitoringEndpoint> =>
  onRunning(async (running, world) => {
    const rule = running.rules.find(({ alert }) => alert === name)
    if (!rule) return notClaimed('nothing measures it on this machine')
    const problem = await problemOf(running, world, rule)
    if (problem !== undefined)
      return broken(measured({ rule: rule.alert, ...(await bySilence(running, problem, name)) }), problem, putBack)
    const drill = drillNameOf(name)
    const newest = await running.records.newest(drill)
    const again = `edge drill ${drill} makes it ring`
    if (!newest) return notClaimed(`rule and route are in force, but nobody has seen it ring yet: ${again}`)
    if ('damaged' in newest) return notClaimed(`${newest.damaged} is damaged: ${again}`)
    const changed = difference(newest.of, deployedAs(rule, running.routes))
    if (changed !== undefined) return notClaimed(`since it rang last, ${changed}: ${again}`)
    return ofRecord(newest, again)
  })

/** Whoever silences an alarm knows of it: nobody is called about that. */
const bySilence = async (running: Running, problem: string, alert?: string): Promise<Facts> =>
  (await silenceOf(running, alert)) === problem ? { silenced: true } : {}

export function ofRecord({ at, facts }: Pick<DrillRecord, 'at' | 'facts'>, again: string): Verdict {
  const shown = Object.entries(facts).flatMap(([name, value]) =>
    typeof value === 'object' ? [] : [[name, value] as const],
  )
  // It rang at another boundary: that it would at the configured one is by the same rule alone.
  const evidence = facts['scaled'] === true && facts['failed'] === undefined ? declared : measured
  const seen = evidence({ ...Object.fromEntries(shown), drilled: minuteOf(at) })
  return facts['failed'] === undefined
    ? kept(seen)
    : broken(seen, `when it was tried: ${String(facts['failed'])}`, `edge logs alertmanager; then ${again}`)
}

/**
 * The rules that no other check looks at: those of monitoring itself, and of alarms that keep no promise of this room. An
 * alarm that does has a check of its own.
 */
export const rulesOfSilence = ({ rules, alarms }: Pick<Running, 'rules' | 'alarms'>): readonly Rule[] => {
  const checked = new Set(alarms.flatMap(({ name }) => (Object.hasOwn(monitoring, name) ? [name] : [])))
  return rules.filter(({ alert }) => !checked.has(alert))
}

/**
 * Each source answers, and the rules that watch over them are in force. Which of these were seen to ring stands beside it: the
 * promise is measured where a drill has taken a source away and somebody was called, and else it is declared.
 */
const silence = onRunning(async (running, world) => {
  const own = rulesOfSilence(running)
  const problems = await Promise.all([
    sourceProblem(running, world),
    ...own.map((rule) => ruleProblem(running, world, rule)),
  ])
  const problem = problems.find((one) => one !== undefined)
  const isWatched = running.rules.some(({ alert }) => alert === aliveRule.alert)
  const seen = await ownSeen(running, own)
  const evidence = seen.rang.includes('silence') ? measured : declared
  const facts = {
    sources: Object.values(jobs).length,
    rules: own.map(({ alert }) => alert),
    [isWatched ? 'watched from outside' : 'watched by nobody outside (monitoring.heartbeat)']: [
      jobs.prometheus,
      jobs.alertmanager,
    ],
    ...seen.facts,
  }
  if (problem !== undefined) return broken(measured(facts), problem, putBack)
  if (seen.inVain === undefined) return kept(evidence(facts))
  const { because, again } = seen.inVain
  return broken(measured(facts), because, `edge logs alertmanager; then ${again} makes it ring`)
})

const counters = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
})

const proves = 'edge notify test proves it'

const kindOf = (integration = 'unknown'): string => ownReceivers.get(integration) ?? integration

/** Everybody took a message by the present way, which is the configured one, and none was refused lately. */
const delivery = onRunning(async (running, world) => {
  const problem = await wayProblem(running, world)
  if (problem !== undefined) return broken(measured(await bySilence(running, problem)), problem, putBack)
  const newest = await running.records.newest(notifyRecord)
  const way = await wayOf(running)
  const back = failuresCountFor(newest, way, await sendsSoSince(running), world.now())
  const failed = (which: string, seconds: number): string =>
    `sum by (integration) (increase(alertmanager_notifications_failed_total{integration${which}}[${seconds}s])) > 0`
  const heartbeat = `"${aliveReceiver.kind}"`
  // What a drill has sent to nobody was to reach nobody.
  const others = `!~"${aliveReceiver.kind}|${nowhere.kind}"`
  const query = `${failed(others, back.receivers)} or ${failed(`=${heartbeat}`, back.heartbeat)}`
  const url = `${running.prometheus}/api/v1/query?query=${encodeURIComponent(query)}`
  const { data } = await ask(running.tls, url, counters)
  const failing = data.result.map(({ metric }) => kindOf(metric['integration']))
  const facts = { route: 'as configured', 'failed lately': failing.length === 0 ? 'none' : failing }
  const because = `notifications by ${failing.join(', ')} could not be delivered`
  if (failing.length > 0) return broken(measured(facts), because, 'edge notify test shows why')
  if (!newest) return notClaimed(`the route is as configured, but nobody has seen a message arrive by it: ${proves}`)
  if ('damaged' in newest) return notClaimed(`${newest.damaged} is damaged: ${proves}`)
  if (!isSameWay(newest.of, way))
    return notClaimed(`the receivers, or what their files hold, were changed since a message arrived last: ${proves}`)
  return ofRecord({ ...newest, facts: { ...facts, ...newest.facts } }, proves)
})

export const checks: ChecksFor<typeof monitoring, MonitoringEndpoint> = {
  databaseCpu: alarm('databaseCpu'),
  freeableMemory: alarm('freeableMemory'),
  freeStorage: alarm('freeStorage'),
  connections: alarm('connections'),
  replicaLag: alarm('replicaLag'),
  readIops: alarm('readIops'),
  writeIops: alarm('writeIops'),
  readLatency: alarm('readLatency'),
  writeLatency: alarm('writeLatency'),
  queueDepth: alarm('queueDepth'),
  backupFailed: alarm('backupFailed'),
  backupSize: alarm('backupSize'),
  backupDuration: alarm('backupDuration'),
  cdnErrors: alarm('cdnErrors'),
  hitRatio: alarm('hitRatio'),
  originLatency: alarm('originLatency'),
  silence,
  delivery,
}
