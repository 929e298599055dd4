import type { Client } from 'pg'
import type { World } from '../../src/core/world.ts'
import type { Asks } from '../../src/engines/postgres-wire.ts'
import type { Fingerprint } from './catalog.ts'

/**
 * A moment of the database: the second itself, and what every table held then. Without fingerprints where a transaction
 * wrote for so long that no table could be held still.
 */
export type FixedPoint = { readonly time: string; readonly fingerprints?: Readonly<Record<string, Fingerprint>> }

/** Edge's own rows change all the time, and are of no use to anybody. */
const tablesOfOperator = `select format('%I.%I', nspname, relname) as name
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where relkind = 'r' and relpersistence = 'p' and nspname not in ('pg_catalog', 'information_schema', 'edge')
    and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')
  order by 1`

/** A row's text is the same on any server only where these are. */
const sameText =
  "set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres'; set extra_float_digits = 1; set bytea_output = 'hex'"

async function tablesIn(client: Asks): Promise<readonly string[]> {
  return (await client.query<{ name: string }>(tablesOfOperator)).rows.map(({ name }) => name)
}

/** Of each table, as this connection sees it; `of` chooses rows, which are `t`. */
async function fingerprintsIn(
  client: Asks,
  tables: readonly string[],
  of = '',
): Promise<Readonly<Record<string, Fingerprint>>> {
  await client.query(sameText)
  const found: Record<string, Fingerprint> = {}
  for (const table of tables) {
    // The sum of the rows' hashes: the same for the same rows in any order, which a restore does not keep. `t` alone would be
    // a column of that name, where there is one.
    const { rows } = await client.query<{ rows: string; sum: string }>(
      `select count(*) as rows, coalesce(sum(hashtextextended((t.*)::text, 0)), 0)::text as sum from only ${table} t ${of}`,
    )
    const [row] = rows
    if (row) found[table] = { rows: Number(row.rows), sum: row.sum }
  }
  return found
}

export const allFingerprints = async (client: Asks): Promise<Readonly<Record<string, Fingerprint>>> =>
  fingerprintsIn(client, await tablesIn(client))

/**
 * The same of the rows alone that were written before a transaction, which `xid` names (xid8). Of two moments of one
 * database they are the same rows as long as none of them is changed or deleted in between, whatever is written anew.
 * By the age of both: a number of 32 bits comes around, and by itself says nothing of before and after.
 */
export const fingerprintsBefore = async (client: Asks, xid: string): Promise<Readonly<Record<string, Fingerprint>>> =>
  fingerprintsIn(client, await tablesIn(client), `where age(t.xmin) > age('${xid}'::xid8::xid)`)

const lockWithinMs = 30_000
/** A table is held by somebody; a table was dropped since they were listed. */
const passing = ['55P03', '42P01']

/** Somebody made or dropped a table just now. */
class Changed extends Error {}

/**
 * Fixes a point that a recovery can be held against, exactly: for a moment nobody writes into the tables, and while that
 * is so the time is taken, and the snapshot in which they are counted afterwards. Writers wait for milliseconds; it
 * steps back by itself for a transaction that holds a table for long. For one that never ends the backup must not be lost:
 * then the second alone is noted. `beside` is a second connection to the same server.
 */
export async function fixPoint(client: Client, beside: Client, world: World): Promise<FixedPoint> {
  const deadline = Date.now() + lockWithinMs
  for (;;) {
    try {
      return await fixOnce(client, beside)
    } catch (error) {
      await client.query('rollback').catch(() => undefined)
      await beside.query('rollback').catch(() => undefined)
      const isHeld = error instanceof Error && 'code' in error && passing.includes(String(error.code))
      if (!isHeld && !(error instanceof Changed)) throw error
      if (Date.now() > deadline) return { time: await timeOf(client) }
      await world.sleep(500)
    }
  }
}

/** Why a backup has no fingerprints, and what can be done. */
export const held = {
  says: `a transaction wrote for longer than ${lockWithinMs / 1000} s, so it is not noted what each table held`,
  next: 'select * from pg_stat_activity where xact_start is not null shows which one; then edge backup now',
}

const inUtc = "to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'"

async function timeOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ time: string }>(`select ${inUtc} as time`)
  if (!rows[0]) throw new Error('PostgreSQL does not say what time it is')
  return rows[0].time
}

async function fixOnce(client: Client, beside: Client): Promise<FixedPoint> {
  const tables = await tablesIn(client)
  await client.query("begin isolation level repeatable read; set local lock_timeout = '500ms'")
  if (tables.length > 0)
    await client.query(`lock table ${tables.map((name) => `only ${name}`).join(', ')} in share mode`)
  const { rows } = await client.query<{ snapshot: string; time: string }>(
    `select pg_export_snapshot() as snapshot, ${inUtc} as time`,
  )
  const [point] = rows
  if (!point) throw new Error('PostgreSQL exported no snapshot')
  if ((await tablesIn(client)).join() !== tables.join()) throw new Changed()
  await beside.query('begin isolation level repeatable read read only')
  await beside.query(`set transaction snapshot '${point.snapshot}'`)
  await client.query('commit')
  const fingerprints = await fingerprintsIn(beside, tables)
  await beside.query('commit')
  return { time: point.time, fingerprints }
}

/**
 * What differs between two, in words; undefined where all tables are the same. A static site has none: then the marker
 * rows alone prove what came back.
 */
export function fingerprintDifference(
  before: Readonly<Record<string, Fingerprint>>,
  after: Readonly<Record<string, Fingerprint>>,
): string | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  for (const name of names) {
    const [one, other] = [before[name], after[name]]
    if (!one) return `${name} was not in the database that was backed up`
    if (!other) return `${name} is missing`
    if (one.rows !== other.rows) return `${name} has ${other.rows} rows instead of ${one.rows}`
    if (one.sum !== other.sum) return `${name} has other content in as many rows (${one.rows})`
  }
  return undefined
}
