import { join } from 'node:path'
import type { Client } from 'pg'
import { OperatorError } from '../../src/core/errors.ts'
import { shortened } from '../../src/core/shortened.ts'
import type { World } from '../../src/core/world.ts'
import { type PgAddress, withClient } from '../../src/engines/postgres.ts'
import { writeAtomically } from '../../src/targets/local/files.ts'
import { type Backups, valueOf } from './backups.ts'
import type { Fingerprint } from './catalog.ts'
import { allFingerprints } from './fingerprints.ts'
import { patience } from './patience.ts'

type Tables = Readonly<Record<string, Fingerprint>>

/** The tables of one schema. */
export const tablesOf = (all: Tables, schema: string): Tables =>
  Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith(`${schema}.`)))

/** A column of a table, with its type, in words. */
type Column = { readonly table: string; readonly column: string }
export type Shape = readonly Column[]

/** Each column of a schema: what a program relies on. */
export async function shapeOf(client: Client, schema: string): Promise<Shape> {
  const { rows } = await client.query<Column>(
    `select relname as table, format('%s.%s %s', relname, attname, format_type(atttypid, atttypmod)) as column
       from pg_attribute join pg_class on pg_class.oid = attrelid join pg_namespace n on n.oid = relnamespace
      where nspname = $1 and relkind in ('r', 'p') and attnum > 0 and not attisdropped order by 1, 2`,
    [schema],
  )
  return rows
}

/**
 * The first column that a migration has added, taken away or changed since, in words. A table that is not there at all is
 * what somebody wants back who dropped it: whatever runs now does without it.
 */
export function migrated(restored: Shape, live: Shape): string | undefined {
  const isIn = (all: Shape, { column }: Column): boolean => all.some((one) => one.column === column)
  const changed = restored.filter((one) => live.some(({ table }) => table === one.table) && !isIn(live, one))
  return [...changed, ...live.filter((one) => !isIn(restored, one))][0]?.column
}

/** What of other schemas would go on with the tables that are put aside: their foreign keys and their views. */
const strangers = `select format('%s (%s)', conrelid::regclass, conname) as name from pg_constraint
   where contype = 'f' and (select relnamespace from pg_class where oid = confrelid) = $1::regnamespace
     and connamespace <> $1::regnamespace
  union
  select distinct ev_class::regclass::text from pg_depend join pg_rewrite on pg_rewrite.oid = objid
    join pg_class used on used.oid = refobjid join pg_class uses on uses.oid = ev_class
   where pg_depend.classid = 'pg_rewrite'::regclass and refclassid = 'pg_class'::regclass
     and used.relnamespace = $1::regnamespace and uses.relnamespace <> $1::regnamespace`

/**
 * Throws OperatorError where the schema of a backup cannot take the place of the live one by itself: a migration has
 * changed it since, or something outside would go on with the tables of before.
 */
export async function requireReplaceable({ database, settings }: Backups, restored: Shape): Promise<void> {
  const { schema } = settings.applicationState
  const { app } = await database.leader()
  await withClient(app, async (client) => {
    const live = await shapeOf(client, schema)
    const other = migrated(restored, live)
    const instead = 'edge restore state --into DIR; then carry over by hand what you need'
    if (other !== undefined)
      throw new OperatorError('state', `its tables have changed since: ${other} is only in one of both`, instead)
    if (!(await isThere(client, schema))) return
    const { rows } = await client.query<{ name: string }>(strangers, [schema])
    const [first] = rows
    if (first) throw new OperatorError('state', `${first.name} refers to a table of ${schema}`, instead)
  })
}

/** Also where all of its tables were dropped. */
const isThere = async (client: Client, schema: string): Promise<boolean> =>
  (await valueOf(client, 'select true as value from pg_namespace where nspname = $1', [schema])) !== undefined

export const liveState = async ({ database, settings }: Backups): Promise<Tables> => {
  const { app } = await database.leader()
  return tablesOf(await withClient(app, allFingerprints), settings.applicationState.schema)
}

const within = 24 * 3_600_000

/**
 * Puts an export in the place of the live schema, in one transaction: whoever looks sees the old one or the new one.
 * Answers the name under which the old one stays; undefined where there was none.
 */
export async function swapState(
  { database, settings }: Backups,
  { dump, folder }: { readonly dump: string; readonly folder: string },
  world: World,
): Promise<string | undefined> {
  const { schema } = settings.applicationState
  const { app } = await database.leader()
  const aside = `${schema}_replaced_${world.now().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}`
  const hasLive = await withClient(app, (client) => isThere(client, schema))
  const [first, second] = [join(folder, 'aside.sql'), join(folder, 'restored.sql')]
  await writeAtomically(first, hasLive ? `alter schema "${schema}" rename to "${aside}";\n` : '')
  await must(world, ['pg_restore', `--file=${second}`, dump])
  const where = [`--host=${app.host}`, `--port=${app.port}`, `--username=${app.user}`, `--dbname=${app.database}`]
  const how = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--single-transaction', '--no-password']
  await must(world, ['psql', ...where, ...how, `--file=${first}`, `--file=${second}`], app)
  return hasLive ? aside : undefined
}

async function must(world: World, command: readonly [string, ...string[]], signIn?: PgAddress): Promise<void> {
  const env = signIn
    ? { PGPASSWORD: signIn.password, PGSSLMODE: 'verify-full', PGSSLROOTCERT: signIn.ca, PGOPTIONS: patience }
    : {}
  const ran = await world.run(command, { env, timeoutMs: within })
  if (ran.code === 0) return
  throw new OperatorError('state', `nothing was replaced: ${shortened(ran.stderr)}`, [
    'edge restore state --into DIR; then carry over by hand what you need',
  ])
}
