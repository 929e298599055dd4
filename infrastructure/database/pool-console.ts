import { type Client, DatabaseError } from 'pg'
import { OperatorError } from '../../src/core/errors.ts'
import { connect, type PgAddress, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'

/** PgBouncer's console answers rows of text; columns differ between its versions, so they are read by name. */
export type ConsoleRow = Readonly<Record<string, string | number | null>>

export async function showConsole(console_: PgAddress, what: string): Promise<readonly ConsoleRow[]> {
  return withClient(console_, async (client) => (await client.query<ConsoleRow>(`show ${what}`)).rows)
}

/** What the app's two pools have at this moment: connections in use in the fuller one, and clients that wait for any. */
export async function poolNow(console_: PgAddress, most: number) {
  const pools = (await showConsole(console_, 'pools')).filter(({ database }) => /^app(_ro)?$/.test(String(database)))
  const counts = (column: string): readonly number[] => pools.map((row) => Number(row[column] ?? 0))
  const waiting = counts('cl_waiting').reduce((sum, count) => sum + count, 0)
  return { inUse: Math.max(0, ...counts('sv_active')), most, waiting }
}

export type AtWork = {
  /** How far the member that is furthest behind lags in replay; undefined where none follows the primary. */
  readonly behindMs: number | undefined
  /** For how long the oldest of the app's queries has been under way: at work, or waiting for a lock or the disk. */
  readonly longestMs: number
  /** Its own connections, the pool's among them, of so many that it gives. */
  readonly connections: { readonly open: number; readonly most: number }
}

/** What the primary does at this moment. */
export async function atWorkNow(primary: PgAddress): Promise<AtWork> {
  const { rows } = await withClient(primary, (client) =>
    client.query<{ behind: number | null; longest: number; open: number; most: number }>(
      `select (select (extract(epoch from max(coalesce(replay_lag, '0'))) * 1000)::float8
                 from pg_stat_replication where state = 'streaming') as behind,
              (select coalesce(extract(epoch from max(clock_timestamp() - query_start)) * 1000, 0)::float8
                 from pg_stat_activity where usename like 'app%' and state = 'active') as longest,
              (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as open,
              current_setting('max_connections')::int as most`,
    ),
  )
  const { behind, longest = 0, open = 0, most = 0 } = rows[0] ?? {}
  return { behindMs: behind ?? undefined, longestMs: longest, connections: { open, most } }
}

/** A setting of the running process, as a number; NaN where it has none of that name. */
export async function inForce(console_: PgAddress, name: string): Promise<number> {
  const rows = await showConsole(console_, 'config')
  return Number(rows.find(({ key }) => key === name)?.['value'])
}

/** How long ago PgBouncer last used a connection, in seconds; it writes `2026-01-01 00:00:00 UTC`. */
export function secondsSince(time: ConsoleRow[string] | undefined, now: Date): number {
  return (now.getTime() - Date.parse(String(time).replace(' UTC', 'Z').replace(' ', 'T'))) / 1000
}

const turnWithinMs = 15_000
/** PostgreSQL's lock_not_available: what `lock_timeout` ends with. */
const stillTaken = '55P03'

/**
 * Only one run at a time uses a probe database of the pool: the clock's verification and an operator's would see each
 * other's clients. The turn is a lock of PostgreSQL's, so that a run that is killed gives it back.
 */
export async function withTurn<Result>(
  addresses: Addresses,
  lock: number,
  use: (holder: Client) => Promise<Result>,
): Promise<Result> {
  const holder = await connect({ ...addresses.superuser, database: 'app' }, 'edge-check')
  try {
    await holder.query(`set lock_timeout = ${turnWithinMs}`)
    await holder.query('select pg_advisory_lock($1)', [lock]).catch((error: unknown) => {
      if (!(error instanceof DatabaseError && error.code === stillTaken)) throw error
      const since = `another run measures the pool, and has done so for ${turnWithinMs / 1000} s`
      const longest = lock === locks.drillTurn ? ': a drill of the agent takes 6 min (edge logs agent)' : ''
      throw new OperatorError('pool', since, `again when it has ended${longest}`)
    })
    return await use(holder)
  } finally {
    await holder.end().catch(() => undefined)
  }
}

/** Numbers of our own, so that no lock of the app's is met. */
export const locks = {
  clientsTurn: 7_340_031,
  pauseTurn: 7_340_032,
  drillTurn: 7_340_034,
  clients: 7_340_033,
  leftBehind: 7_340_035,
} as const
