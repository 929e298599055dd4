import { exit, messageOf } from '../../src/core/errors.ts'
import { type PgAddress, serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'
import { etcdProblem, sharedSettings, statusOf } from './cluster.ts'
import type { DatabaseRun } from './verb-run.ts'
import type { DatabaseEndpoint } from './local.ts'
import { routesOf } from './members-in-turn.ts'
import type { Member } from './members.ts'
import { paused } from './pause.ts'
import { showConsole } from './pool-console.ts'
import { wayOut } from './way-out.ts'

type MemberSeen = {
  readonly member: Member
  readonly role: 'primary' | 'standby' | 'replica' | 'unknown'
  readonly state: string
  readonly timeline?: number
  /** How old its newest heartbeat is, in seconds. */
  readonly age?: number
  readonly connections?: number
  readonly leads: readonly ('writers' | 'readers')[]
}

type PoolSeen = { readonly name: string; readonly open: number; readonly waiting: number; readonly paused: boolean }

/** `status`: who leads, who may take over, where writers and readers are led to, and what the pool does. Exit 1 without a primary. */
export const status: DatabaseRun = async (endpoint, world, _positional, options) => {
  const [members, pools, etcd, acknowledged] = await Promise.all([
    membersSeen(endpoint),
    poolsSeen(endpoint).catch(() => undefined),
    etcdProblem(endpoint.cluster),
    withOneLeft(endpoint),
  ])
  const out = await wayOut(endpoint.cluster, members, etcd).catch((error: unknown) => [messageOf(error)])
  const seen = {
    members,
    pools: pools ?? null,
    etcd: etcd ?? 'has a leader',
    'with one member left': acknowledged,
    'way out': out,
  }
  world.stdout.write(options['json'] === true ? `${JSON.stringify(seen, undefined, 2)}\n` : inWords(seen))
  return members.some(({ role }) => role === 'primary') ? exit.ok : exit.failed
}

const withOneLeft = ({ cluster }: DatabaseEndpoint): Promise<string> =>
  sharedSettings(cluster).then(
    (shared) => (shared['synchronous_mode_strict'] === true ? 'writes wait' : 'writes go on'),
    (error: unknown) => `unknown: ${messageOf(error)}`,
  )

async function membersSeen({ addresses, cluster, routes }: DatabaseEndpoint): Promise<readonly MemberSeen[]> {
  const [all, led, standbys] = await Promise.all([
    statusOf(cluster),
    routesOf(routes, cluster.members),
    withClient(addresses.superuser, synchronousNames, serverAnswersWithinMs).catch((): readonly string[] => []),
  ])
  return Promise.all(
    all.map(async ({ member, role, state }): Promise<MemberSeen> => {
      const looked = await lookAt({ ...addresses.members[member], database: 'app' }).catch(() => undefined)
      const leads = [
        ...(led.writers?.includes(member) ? (['writers'] as const) : []),
        ...(led.readers?.includes(member) ? (['readers'] as const) : []),
      ]
      const isStandby = role === 'replica' && standbys.includes(member)
      return { member, role: isStandby ? 'standby' : role, state, ...looked, leads }
    }),
  )
}

type Client = Parameters<Parameters<typeof withClient>[1]>[0]

const synchronousNames = async (client: Client): Promise<readonly string[]> => {
  const { rows } = await client.query<{ name: string }>(
    "select application_name as name from pg_stat_replication where sync_state in ('sync', 'quorum')",
  )
  return rows.map(({ name }) => name)
}

const lookAt = (server: PgAddress) =>
  withClient(
    server,
    async (client) => {
      const { rows } = await client.query<{ timeline: number | null; age: number | null; connections: number }>(
        `select (case when pg_is_in_recovery() then (select received_tli from pg_stat_wal_receiver)
                     else ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int end) as timeline,
                (select extract(epoch from clock_timestamp() - at)::float8 from edge.heartbeat) as age,
                (select count(*)::int from pg_stat_activity where datname is not null) as connections`,
      )
      const [row] = rows
      if (!row) return undefined
      return {
        connections: row.connections,
        ...(row.timeline === null ? {} : { timeline: row.timeline }),
        ...(row.age === null ? {} : { age: row.age }),
      }
    },
    serverAnswersWithinMs,
  )

async function poolsSeen({ addresses }: DatabaseEndpoint): Promise<readonly PoolSeen[]> {
  const [databases, pools] = await Promise.all([
    showConsole(addresses.console, 'databases'),
    showConsole(addresses.console, 'pools'),
  ])
  return paused.all.map((name) => {
    const own = pools.filter((row) => row['database'] === name)
    const sum = (column: string) => own.reduce((total, row) => total + Number(row[column] ?? 0), 0)
    return {
      name,
      open: sum('sv_active') + sum('sv_idle') + sum('sv_used') + sum('sv_tested') + sum('sv_login'),
      waiting: sum('cl_waiting'),
      paused: databases.some((row) => row['name'] === name && Number(row['paused']) === 1),
    }
  })
}

function inWords(seen: {
  readonly members: readonly MemberSeen[]
  readonly pools: readonly PoolSeen[] | null
  readonly etcd: string
  readonly 'with one member left': string
  readonly 'way out': readonly string[]
}): string {
  const rows = seen.members.map(({ member, role, state, timeline, age, connections, leads }) =>
    [
      member.padEnd(6),
      role.padEnd(9),
      state.padEnd(16),
      `timeline ${timeline ?? '?'}`.padEnd(13),
      `${connections ?? '?'} connections`.padEnd(17),
      `heartbeat ${age === undefined ? '?' : `${age.toFixed(1)} s`} ago`.padEnd(22),
      leads.join(', '),
    ]
      .join(' ')
      .trimEnd(),
  )
  const pools = seen.pools?.map(
    ({ name, open, waiting, paused: isPaused }) =>
      `pool ${name}: ${open} connections open, ${waiting} clients wait${isPaused ? ', paused' : ''}`,
  ) ?? ['the pool does not answer']
  const one = seen['with one member left']
  const out = seen['way out']
  return [...rows, ...pools, `etcd: ${seen.etcd}`, `with one member left: ${one}`, ...out, ''].join('\n')
}
