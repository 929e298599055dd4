import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import type { World } from '../../src/core/world.ts'
import type { Asks } from '../../src/engines/postgres-wire.ts'
import type { Fingerprint, SumsBy } from './catalog.ts'

/**
 * A moment of the database: the second itself, and what every table held then. Without fingerprints where somebody, `heldBy`,
 * kept a table for so long that it could not be held still.
 */
export type FixedPoint = {
  readonly time: string
  readonly fingerprints?: Readonly<Record<string, Fingerprint>>
  readonly heldBy?: string
}

/**
 * Types of which the bytes that PostgreSQL sends are hashed: to write a row out as text takes half as long again. Not the
 * others: some have no such bytes, and those of what somebody has made name it by a number that an export does not keep.
 */
const sent = [
  'bool int2 int4 int8 float4 float8 numeric uuid bytea text varchar bpchar json jsonb',
  'date time timetz timestamp timestamptz interval',
]

const column = `format(case when typnamespace = 'pg_catalog'::regnamespace
  and typname = any(string_to_array('${sent.join(' ')}', ' ')) then 't.%I' else '(t.%I)::text' end, attname)`

/** Edge's own rows change all the time, and are of no use to anybody. */
const tablesOfOperator = `select format('%I.%I', nspname, relname) as name,
    (select coalesce(string_agg(${column}, ', ' order by attnum), '') from pg_attribute join pg_type on pg_type.oid = atttypid
      where attrelid = pg_class.oid and attnum > 0 and not attisdropped) as columns
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where relkind = 'r' and relpersistence = 'p' and nspname not in ('pg_catalog', 'information_schema', 'edge')
    and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')
  order by 1`

/** A row's text is the same on any server only where these are. */
const sameText =
  "set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres'; set extra_float_digits = 1; set bytea_output = 'hex'"

/** A table, and its columns as they are sent. */
type Table = { readonly name: string; readonly columns: string }

const tablesIn = async (client: Asks): Promise<readonly Table[]> => (await client.query<Table>(tablesOfOperator)).rows

/**
 * The hash of a row, which is `t`: only sums by the same can be compared. `t` alone would be a column of that
 * name, where there is one.
 */
const hashBy: Readonly<Record<SumsBy, (table: Table) => string>> = {
  // By way of a record, as nothing else hashes bytes. Never the hash of the row itself: a number's leaves out its sign, and a
  // row's adds up those of its columns, so that in a sum of them two rows could change one value for the other's.
  bytes: ({ columns }) => `hash_record_extended(row(record_send(row(${columns}))), 0)`,
  text: () => 'hashtextextended((t.*)::text, 0)',
}

/** Of each table, as this connection sees it; `of` chooses rows, which are `t`. */
async function fingerprintsIn(
  client: Asks,
  tables: readonly Table[],
  by: SumsBy,
  of = '',
): Promise<Readonly<Record<string, Fingerprint>>> {
  await client.query(sameText)
  const found: Record<string, Fingerprint> = {}
  for (const table of tables) {
    // The sum of the rows' hashes: the same for the same rows in any order, which a restore does not keep.
    const { rows } = await client.query<{ rows: string; sum: string }>(
      `select count(*) as rows, coalesce(sum(${hashBy[by](table)}), 0)::text as sum
         from only ${table.name} t ${of}`,
    )
    const [row] = rows
    if (row) found[table.name] = { rows: Number(row.rows), sum: row.sum }
  }
  return found
}

export const allFingerprints = async (
  client: Asks,
  by: SumsBy = 'bytes',
): Promise<Readonly<Record<string, Fingerprint>>> => fingerprintsIn(client, await tablesIn(client), by)

/** How many rows each table has: for who only wants to know that, a tenth of the work. */
export async function rowsIn(client: Asks): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {}
  for (const { name } of await tablesIn(client)) {
    const { rows } = await client.query<{ rows: string }>(`select count(*) as rows from only ${name}`)
    found[name] = Number(rows[0]?.rows)
  }
  return found
}

/**
 * The same of the rows alone that were written before a transaction, which `xid` names (xid8). Of two moments of one
 * database they are the same rows as long as none of them is changed or deleted in between, whatever is written anew.
 * By the age of both: a number of 32 bits comes around, and by itself says nothing of before and after. By the text, as what
 * they are held against may have been noted by an edge of before there was another way.
 */
export const fingerprintsBefore = async (client: Asks, xid: string): Promise<Readonly<Record<string, Fingerprint>>> =>
  fingerprintsIn(client, await tablesIn(client), 'text', `where age(t.xmin) > age('${xid}'::xid8::xid)`)

const lockWithinMs = 30_000
const tableIsHeld = '55P03'
/** It was dropped since they were listed. */
const tableIsGone = '42P01'

/** Somebody made, changed or dropped a table just now. */
class Changed extends Error {}

/** Somebody has a table, which cannot be held still. */
class Held extends Error {
  readonly by: string | undefined

  constructor(by: string | undefined) {
    super()
    this.by = by
  }
}

/**
 * Fixes a point that a recovery can be held against, exactly: for a moment nobody writes into the tables, and while that
 * is so the time is taken, and the snapshot in which they are counted afterwards. Writers wait for milliseconds; it
 * steps back by itself for a transaction that holds a table for long. For one that never ends the backup must not be lost:
 * then the second alone is noted. `beside` is a second connection to the same server.
 */
export async function fixPoint(
  client: Client,
  beside: Client,
  world: Pick<World, 'sleep'>,
  withinMs = lockWithinMs,
): Promise<FixedPoint> {
  const deadline = Date.now() + withinMs
  let heldBy: string | undefined
  for (;;) {
    try {
      return await fixOnce(client, beside)
    } catch (error) {
      await client.query('rollback').catch(() => undefined)
      await beside.query('rollback').catch(() => undefined)
      const isGone = error instanceof Error && 'code' in error && error.code === tableIsGone
      if (!isGone && !(error instanceof Changed) && !(error instanceof Held)) throw error
      heldBy = error instanceof Held ? (error.by ?? heldBy) : 'somebody who makes and drops tables'
      if (Date.now() > deadline) return { time: await timeOf(client), ...(heldBy === undefined ? {} : { heldBy }) }
      await world.sleep(500)
    }
  }
}

/** Why a backup has no fingerprints, and what can be done. */
export const held = {
  says: (by = 'somebody') =>
    `${by} kept a table for longer than ${lockWithinMs / 1000} s, so it is not noted what each table held`,
  next: 'select * from pg_stat_activity where xact_start is not null shows who still does; then edge backup now',
}

const inUtc = "to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'"

async function timeOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ time: string }>(`select ${inUtc} as time`)
  if (!rows[0]) throw new Error('PostgreSQL does not say what time it is')
  return rows[0].time
}

/**
 * The lock that keeps writers out keeps VACUUM and ANALYZE out, too. Autovacuum gives way to whoever waits for longer than
 * `deadlock_timeout`: with that of the server, a second, nobody here would ever wait so long.
 */
const [waitsMs, vacuumEndsMs, looksMs] = [500, 50, 250]

async function fixOnce(client: Client, beside: Client): Promise<FixedPoint> {
  const tables = await tablesIn(client)
  const bounds = `set local lock_timeout = ${waitsMs}; set local deadlock_timeout = ${vacuumEndsMs}`
  await client.query(`begin isolation level repeatable read; ${bounds}`)
  if (tables.length > 0) await hold(client, beside, tables)
  const { rows } = await client.query<{ snapshot: string; time: string }>(
    `select pg_export_snapshot() as snapshot, ${inUtc} as time`,
  )
  const [point] = rows
  if (!point) throw new Error('PostgreSQL exported no snapshot')
  if (JSON.stringify(await tablesIn(client)) !== JSON.stringify(tables)) throw new Changed()
  await beside.query('begin isolation level repeatable read read only')
  await beside.query(`set transaction snapshot '${point.snapshot}'`)
  await client.query('commit')
  // One core: the other ones are the app's, and those of a copy that is made meanwhile.
  await beside.query('set local max_parallel_workers_per_gather = 0')
  const fingerprints = await fingerprintsIn(beside, tables, 'bytes')
  await beside.query('commit')
  return { time: point.time, fingerprints }
}

/** Throws Held where somebody has one of them. */
async function hold(client: Client, beside: Client, tables: readonly Table[]): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const isOver = new AbortController()
  // They are to be seen only while somebody waits for them.
  const looked = wait(looksMs, undefined, { signal: isOver.signal })
    .then(() => whoBlocks(beside, rows[0]?.pid ?? 0))
    .catch(() => undefined)
  try {
    await client.query(`lock table ${tables.map(({ name }) => `only ${name}`).join(', ')} in share mode`)
  } catch (error) {
    const isHeld = error instanceof Error && 'code' in error && error.code === tableIsHeld
    throw isHeld ? new Held(await looked) : error
  } finally {
    isOver.abort()
    await looked
  }
}

/** Whom a session waits for, in words. Of a statement its verb alone: what stands after it is nobody else's business. */
const blockers = `select format('%s (pid %s%s)', case when backend_type = 'autovacuum worker' then query
    else concat_ws(' of ', nullif(upper(substring(query from '\\w+')), ''), coalesce(usename, backend_type)) end, pid,
    ', for ' || extract(epoch from now() - xact_start)::int || ' s') as name
  from unnest(pg_blocking_pids($1)) as blocking(pid) join pg_stat_activity using (pid) order by xact_start limit 1`

async function whoBlocks(beside: Client, pid: number): Promise<string | undefined> {
  const { rows } = await beside.query<{ name: string }>(blockers, [pid])
  return rows[0]?.name
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
