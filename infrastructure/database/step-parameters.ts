import pRetry from 'p-retry'
import type { Observation, Step } from '../../src/core/plan.ts'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import { type PgAddress, serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'
import type { World } from '../../src/core/world.ts'
import { changeSharedSettings, reloadMember, restartMember, sharedSettings, statusOf } from './cluster.ts'
import { parameterProblems, waitsForRestart } from './parameter-problems.ts'
import { type Members, restartPrimary, restartStandby } from './members-in-turn.ts'
import type { Member } from './members.ts'
import { openRules } from './open-rules.ts'
import type { clusterSettings } from './render-patroni.ts'

type SharedSettings = ReturnType<typeof clusterSettings>

const inForceWithinMs = 60_000
/** From the end of its restart, for which Patroni waits. */
const backWithinMs = 30_000

/**
 * Parameters of a cluster that is there live in etcd, not in a file: this compares them, and what each server really
 * uses, with what is wanted; removes what a hand left behind; and restarts where PostgreSQL asks for it, standby first.
 */
export function parametersStep(on: Members, wanted: SharedSettings): Step {
  const { addresses, cluster } = on
  const problemOf = async (member: Member): Promise<string | undefined> => {
    const server = addresses.members[member]
    try {
      const [problem] = await parameterProblems(server, wanted.postgresql.parameters)
      // Whoever is told to read its configuration anew writes this file anew, too.
      const [rule] = problem === undefined ? await openRules(server) : []
      return problem ?? rule
    } catch (error) {
      return messageOf(error)
    }
  }
  const problemNow = async (): Promise<string | undefined> => {
    const difference = sharedDifference(wanted, await settled(() => sharedSettings(cluster)))
    if (difference !== undefined) return difference
    const problems = await Promise.all(cluster.members.map(problemOf))
    const first = problems.findIndex((problem) => problem !== undefined)
    return first === -1 ? undefined : `${cluster.members[first]}: ${problems[first]}`
  }
  return {
    kind: 'step',
    name: 'parameters',
    component: 'database',
    title: 'parameter group',
    after: ['copies', 'roles'],
    observe: async (): Promise<Observation> => {
      const missing = await problemNow()
      return missing === undefined ? 'done' : { missing }
    },
    ensure: async (world) => {
      const before = await settled(() => sharedSettings(cluster))
      const leftOver = surplusParameters(wanted, before)
      const removed = Object.fromEntries(leftOver.map((name) => [name, null]))
      const parameters = { ...removed, ...wanted.postgresql.parameters }
      // Whoever switched automatic failover off and forgot it: no pause.
      const shared = { ...wanted, postgresql: { ...wanted.postgresql, parameters }, pause: null }
      await settled(() => changeSharedSettings(cluster, shared))
      for (const member of cluster.members) {
        await settled(async () => {
          await withClient(addresses.members[member], (client) => client.query('alter system reset all'))
          await reloadMember(cluster, member)
        })
      }
      // Patroni takes a change over in its next round; until then the old values are seen, its own settings' too.
      const deadline = Date.now() + inForceWithinMs
      // Patroni writes the file in place, and one that is read meanwhile is half of it: once may have been before that.
      for (let right = 0; Date.now() < deadline && right < 2; await world.sleep(250)) {
        right = (await problemNow()) === undefined ? right + 1 : 0
        const lost = right === 0 ? await restartWhereAsked(on, world) : undefined
        if (lost !== undefined) throw await takenBack(on, lost, parametersOf(before), world)
      }
    },
    detail: async () =>
      `${Object.keys(wanted.postgresql.parameters).length} in force on ${cluster.members.length} members`,
  }
}

/** Right after a start both Patronis wait for etcd, and on a busy machine neither answers for some seconds. */
const settled = <Answer>(ask: () => Promise<Answer>): Promise<Answer> =>
  pRetry(ask, { retries: 20, minTimeout: 500, factor: 1, maxRetryTime: inForceWithinMs })

/**
 * A parameter that only a restart brings in; the standby goes first. The primary is restarted where it is: a standby never
 * has less of what PostgreSQL counts (connections, workers) than its primary, so one that took over would wait for a
 * restart again. Answers the first that does not come back: no other is restarted then.
 */
async function restartWhereAsked(on: Members, world: World): Promise<Member | undefined> {
  const { addresses, cluster } = on
  const order = { unknown: 0, replica: 1, primary: 2 }
  const standbyFirst = (await statusOf(cluster)).toSorted((a, b) => order[a.role] - order[b.role])
  for (const { member, role } of standbyFirst) {
    const problems = await parameterProblems(addresses.members[member], {}).catch(() => [])
    if (!problems.some((problem) => problem.endsWith(waitsForRestart))) continue
    // What Patroni does not answer in time, or refuses, shows in what the server does.
    const restart = () => restartMember(cluster, member).catch(() => undefined)
    await (role === 'primary' ? restartPrimary(on, member, restart, world) : restartStandby(on, member, restart, world))
    if (!(await answers(addresses.members[member], world))) return member
  }
  return undefined
}

async function answers(server: PgAddress, world: World): Promise<boolean> {
  const deadline = Date.now() + backWithinMs
  const asked = () => withClient(server, () => Promise.resolve(true), serverAnswersWithinMs).catch(() => false)
  while (!(await asked())) {
    if (Date.now() > deadline) return false
    await world.sleep(250)
  }
  return true
}

/**
 * What was in force before is wanted again: with values that a server does not start with, the next one that ends would
 * not come back either, and in the end none.
 */
async function takenBack(
  { addresses, cluster }: Members,
  member: Member,
  before: Readonly<Record<string, unknown>>,
  world: World,
): Promise<OperatorError> {
  const now = Object.keys(parametersOf(await settled(() => sharedSettings(cluster))))
  const parameters = { ...Object.fromEntries(now.map((name) => [name, null])), ...before }
  await settled(() => changeSharedSettings(cluster, { postgresql: { parameters } }))
  const runs = await answers(addresses.members[member], world)
  return new OperatorError(
    'database.parameters',
    `${member} did not come back with them within ${backWithinMs / 1000} s: those of before were put back, and no other member was restarted`,
    [
      `edge logs ${member} says which one; change it, then edge deploy database`,
      ...(runs ? [] : [`${member} is still away: edge database status`]),
    ],
  )
}

function parametersOf(shared: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const postgresql = shared['postgresql']
  if (typeof postgresql !== 'object' || postgresql === null || !('parameters' in postgresql)) return {}
  // Patroni keeps an object of names and values there.
  return postgresql.parameters as Record<string, unknown>
}

/** Names that an earlier configuration, or a hand, has put into the cluster and that nobody wants. */
function surplusParameters(wanted: SharedSettings, seen: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(parametersOf(seen)).filter((name) => !Object.hasOwn(wanted.postgresql.parameters, name))
}

/** How the settings in etcd differ from what is wanted, in words; undefined where they do not. */
function sharedDifference(wanted: SharedSettings, seen: Readonly<Record<string, unknown>>): string | undefined {
  if (seen['pause'] === true) return 'automatic failover is switched off'
  const changed = firstDifference(wanted, seen)
  if (changed !== undefined) return `${changed} has another value in the cluster`
  const [surplus] = surplusParameters(wanted, seen)
  return surplus === undefined ? undefined : `${surplus} is set in the cluster, and not in the configuration`
}

/** What decides whether, and how soon, a standby takes over: how it differs from what is wanted, in words. */
export function takeoverDifference(
  wanted: SharedSettings,
  seen: Readonly<Record<string, unknown>>,
): string | undefined {
  // For whom commits wait, a switchover changes for a while, and another check looks at.
  const { ttl, loop_wait, retry_timeout, maximum_lag_on_failover, primary_start_timeout, failsafe_mode } = wanted
  const decides = { ttl, loop_wait, retry_timeout, maximum_lag_on_failover, primary_start_timeout, failsafe_mode }
  const changed = firstDifference(decides, seen)
  return changed === undefined ? undefined : `${changed} of the cluster is ${String(seen[changed])}, not as configured`
}

/** The path of the first wanted value that is another one; undefined where all of them are there. */
function firstDifference(wanted: unknown, seen: unknown, path = ''): string | undefined {
  if (typeof wanted !== 'object' || wanted === null) return String(wanted) === String(seen) ? undefined : path
  for (const [name, value] of Object.entries(wanted)) {
    const inner = typeof seen === 'object' && seen !== null ? Reflect.get(seen, name) : undefined
    const found = firstDifference(value, inner, path === '' ? name : `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}
