import pRetry from 'p-retry'
import type { Observation, Step } from '../../src/core/plan.ts'
import { messageOf } from '../../src/core/errors.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { World } from '../../src/core/world.ts'
import { changeSharedSettings, reloadMember, restartMember, sharedSettings, statusOf } from './cluster.ts'
import { parameterProblems, waitsForRestart } from './in-force.ts'
import { type Members, restartPrimary, restartStandby } from './members-in-turn.ts'
import type { Member } from './members.ts'
import type { clusterSettings } from './render-patroni.ts'

type SharedSettings = ReturnType<typeof clusterSettings>

const inForceWithinMs = 60_000

/**
 * Parameters of a cluster that is there live in etcd, not in a file: this compares them, and what each server really
 * uses, with what is wanted; removes what a hand left behind; and restarts where PostgreSQL asks for it, standby first.
 */
export function parametersStep(on: Members, wanted: SharedSettings): Step {
  const { addresses, cluster } = on
  const problemOf = (member: Member): Promise<string | undefined> =>
    parameterProblems(addresses.members[member], wanted.postgresql.parameters).then(
      ([problem]) => problem,
      (error: unknown) => messageOf(error),
    )
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
      const leftOver = surplusParameters(wanted, await settled(() => sharedSettings(cluster)))
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
        if (right === 0) await restartWhereAsked(on, world)
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
 * restart again.
 */
async function restartWhereAsked(on: Members, world: World): Promise<void> {
  const { addresses, cluster } = on
  const order = { unknown: 0, replica: 1, primary: 2 }
  const standbyFirst = (await statusOf(cluster)).toSorted((a, b) => order[a.role] - order[b.role])
  for (const { member, role } of standbyFirst) {
    const problems = await parameterProblems(addresses.members[member], {}).catch(() => [])
    if (!problems.some((problem) => problem.endsWith(waitsForRestart))) continue
    const restart = () => restartMember(cluster, member)
    await (role === 'primary' ? restartPrimary(on, member, restart, world) : restartStandby(on, member, restart, world))
  }
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
