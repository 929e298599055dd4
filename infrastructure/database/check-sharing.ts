import { connect, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { locks, showConsole, withTurn } from './pool-console.ts'

/** How the running pool shares its connections with this database of its own, as it says: `transaction`. */
export async function poolMode({ console }: Addresses, base: string): Promise<string> {
  const [databases, config] = await Promise.all([showConsole(console, 'databases'), showConsole(console, 'config')])
  const own = databases.find(({ name }) => name === base)?.['pool_mode']
  return String(own ?? config.find(({ key }) => key === 'pool_mode')?.['value'])
}

const mark = 'edge_left_behind'

/** In one transaction: the pool may give each of them another connection otherwise. */
const leaves = `create temporary table ${mark} (); set search_path = ${mark}; set statement_timeout = 12345;
  prepare ${mark} as select 1; select pg_advisory_lock(${locks.leftBehind});
  set role pg_monitor`

const finds = `select array_remove(array[
  case when current_setting('search_path') = '${mark}' then 'search_path' end,
  case when current_setting('statement_timeout') = '12345ms' then 'statement_timeout' end,
  case when current_user <> session_user then 'role' end,
  case when to_regclass('pg_temp.${mark}') is not null then 'a temporary table' end,
  case when exists (select from pg_prepared_statements where name = '${mark}') then 'a prepared statement' end,
  case when exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
                       and objid = ${locks.leftBehind}) then 'an advisory lock' end
  ], null) as found, pg_backend_pid() as pid`

/**
 * What a client that has left leaves to the one after it: has one set and take all that a session keeps, and looks with
 * another, on the probe database that has one connection. Empty where the pool gives it back as it was.
 */
export async function leftBehind(addresses: Addresses): Promise<readonly string[]> {
  return withTurn(addresses, locks.pauseTurn, async () => {
    // A check that was killed may have left it paused.
    await withClient(addresses.console, (console_) => console_.query('resume edge_wait').catch(() => undefined))
    const first = await connect(addresses.waitProbe, 'edge-check')
    const { pid } = await seenBy(first)
    await first.query(leaves).finally(() => first.end())
    return withClient(addresses.waitProbe, async (next) => {
      const seen = await seenBy(next)
      // Another connection was made meanwhile: nothing is known.
      if (seen.pid !== pid) throw new Error('the pool made another connection while it was looked at')
      if (seen.found.length > 0) await next.query('discard all')
      return seen.found
    })
  })
}

async function seenBy(client: Awaited<ReturnType<typeof connect>>) {
  const { rows } = await client.query<{ found: readonly string[]; pid: number }>(finds)
  const [row] = rows
  if (!row) throw new Error('PostgreSQL answers a query without its row')
  return row
}
