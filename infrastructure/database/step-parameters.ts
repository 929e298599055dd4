import type { Observation, Step } from '../../src/core/plan.ts'
import { messageOf } from '../../src/core/errors.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { changeSharedSettings, type Cluster, reloadMember, restartMember, sharedSettings, statusOf } from './cluster.ts'
import { type Member, members } from './render-patroni.ts'

const restartWithinMs = 60_000

/**
 * Parameters of a cluster that is there live in etcd, not in a file: this compares them, and what each server really
 * uses, with what is wanted; removes what a hand left behind; and restarts where PostgreSQL asks for it, standby first.
 */
export function parametersStep(
  addresses: Addresses,
  cluster: Cluster,
  wanted: Readonly<Record<string, unknown>>,
): Step {
  return {
    kind: 'step',
    name: 'parameters',
    component: 'database',
    title: 'parameters',
    after: ['roles'],
    observe: async (): Promise<Observation> => {
      const difference = firstDifference(wanted, await sharedSettings(cluster))
      if (difference !== undefined) return { missing: `${difference} is another one in the cluster` }
      for (const member of members) {
        const problem = await memberProblem(addresses, member).catch(messageOf)
        if (problem !== undefined) return { missing: `${member}: ${problem}` }
      }
      return 'done'
    },
    ensure: async (world) => {
      await changeSharedSettings(cluster, { ...wanted, pause: null })
      for (const member of members) {
        await withClient(addresses.members[member], (client) => client.query('alter system reset all'))
        await reloadMember(cluster, member)
      }
      // Patroni takes a change over in its next round; until then the old values are seen.
      const deadline = Date.now() + restartWithinMs
      while (Date.now() < deadline) {
        const problems = await Promise.all(members.map((member) => memberProblem(addresses, member).catch(messageOf)))
        if (problems.every((problem) => problem === undefined)) return
        await restartWhereAsked(addresses, cluster)
        await world.sleep(250)
      }
    },
    detail: async () => `${Object.keys(postgresParameters(wanted)).length} in force on both members`,
  }
}

async function restartWhereAsked(addresses: Addresses, cluster: Cluster): Promise<void> {
  const seen = await statusOf(cluster)
  const standbyFirst = seen.toSorted((a, b) => a.role.localeCompare(b.role)).toReversed()
  for (const { member } of standbyFirst) {
    if ((await pendingRestart(addresses, member).catch(() => [])).length > 0) await restartMember(cluster, member)
  }
}

export function postgresParameters(shared: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const postgresql = shared['postgresql']
  if (typeof postgresql !== 'object' || postgresql === null || !('parameters' in postgresql)) return {}
  // Patroni keeps an object of names and values there.
  return postgresql.parameters as Record<string, unknown>
}

/** What is wrong with one member's parameters: a value that a hand set, or one that waits for a restart. */
export async function memberProblem(addresses: Addresses, member: Member): Promise<string | undefined> {
  return withClient(addresses.members[member], async (client) => {
    const byHand = await client.query<{ name: string }>(
      `select name from pg_file_settings where sourcefile like '%postgresql.auto.conf'`,
    )
    if (byHand.rows[0]) return `${byHand.rows.map(({ name }) => name).join(', ')} set by ALTER SYSTEM`
    const waiting = await pendingRestart(addresses, member)
    return waiting.length > 0 ? `${waiting.join(', ')} waits for a restart` : undefined
  })
}

async function pendingRestart(addresses: Addresses, member: Member): Promise<readonly string[]> {
  return withClient(addresses.members[member], async (client) => {
    const { rows } = await client.query<{ name: string }>('select name from pg_settings where pending_restart')
    return rows.map(({ name }) => name)
  })
}

/** The path of the first wanted value that is another one; undefined where all of them are there. */
export function firstDifference(wanted: unknown, seen: unknown, path = ''): string | undefined {
  if (typeof wanted !== 'object' || wanted === null) return String(wanted) === String(seen) ? undefined : path
  for (const [name, value] of Object.entries(wanted)) {
    const inner = typeof seen === 'object' && seen !== null ? Reflect.get(seen, name) : undefined
    const found = firstDifference(value, inner, path === '' ? name : `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}
