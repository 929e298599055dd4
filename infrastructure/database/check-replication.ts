import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { messageOf } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'
import { sharedSettings } from './cluster.ts'
import type { DatabaseEndpoint } from './local.ts'
import { synchronousStandby } from './step-standby.ts'

const arrivesWithinMs = 2000
const writes = 20
/**
 * A commit waits for the standby; where that one hangs, it must not hold the check for ever. PostgreSQL's own
 * statement_timeout does not end this wait.
 */
const commitWithinMs = 3000

/** Writes a row through the pool and reads it on the standby itself; sees that commits wait for it and that it may take over. */
export async function standby({ addresses, cluster }: DatabaseEndpoint, world: World): Promise<Verdict> {
  const next = 'edge deploy database brings the standby back; edge logs pg1, edge logs pg2 say why it was lost'
  const [seen, shared] = await Promise.all([synchronousStandby(addresses, cluster), sharedSettings(cluster)])
  if ('problem' in seen) return broken(measured({}), seen.problem, next)
  if (shared['pause'] === true) {
    return broken(measured({ standby: seen.name }), 'automatic failover is switched off (Patroni is paused)', next)
  }
  const id = randomUUID()
  const begun = performance.now()
  const written = await withClient(addresses.edge, (client) => writeMarker(client, id))
  if (written === undefined) return broken(measured({ standby: seen.name }), noAnswer, next)
  const arrived = await withClient(
    { ...addresses.members[seen.name], database: 'app' },
    (client) => arrives(client, id, world),
    serverAnswersWithinMs,
  ).catch((error: unknown) => ({ problem: messageOf(error) }))
  const facts = { primary: seen.primary, standby: seen.name, failover: 'automatic' }
  const took = `${Math.round(performance.now() - begun)} ms`
  if (typeof arrived === 'object') return broken(measured(facts), `${seen.name}: ${arrived.problem}`, next)
  if (arrived) return kept(measured({ ...facts, 'row there after': took }))
  return broken(measured(facts), `a row did not reach ${seen.name} within ${arrivesWithinMs / 1000} s`, next)
}

async function arrives(client: Client, id: string, world: World): Promise<boolean> {
  const deadline = Date.now() + arrivesWithinMs
  for (;;) {
    const { rowCount } = await client.query('select from edge.marker where id = $1', [id])
    if (rowCount === 1) return true
    if (Date.now() > deadline) return false
    await world.sleep(20)
  }
}

const noAnswer = `a commit got no answer within ${commitWithinMs / 1000} s: the standby hangs`

/**
 * Writes one row, forgets old ones, and answers where the commit begins in the log; undefined where the commit was not
 * acknowledged in time.
 */
async function writeMarker(client: Client, id: string): Promise<string | undefined> {
  await client.query('begin')
  await client.query("delete from edge.marker where at < now() - interval '1 minute'")
  await client.query('insert into edge.marker (id) values ($1)', [id])
  // Other clients' writes may come between this and the commit; they are waited for all the same.
  const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn')
  const late = new AbortController()
  const acknowledged = await Promise.race([
    client.query('commit').then(() => true),
    wait(commitWithinMs, false, { signal: late.signal }),
  ]).finally(() => late.abort())
  return acknowledged ? rows[0]?.lsn : undefined
}

/**
 * Writes rows, and asks at each acknowledgement how far the standby's disk is: it must be past the write already.
 * A server with `fsync = off` acknowledges what no disk has, so the settings in force count, too.
 */
export async function noLostWrites({ addresses }: DatabaseEndpoint): Promise<Verdict> {
  const next = 'edge deploy database switches synchronous replication on again; edge logs pg1, edge logs pg2 say more'
  return withClient({ ...addresses.superuser, database: 'app' }, async (client) => {
    const begun = performance.now()
    let [acknowledged, covered] = [0, 0]
    // With the first one that is not covered the answer is known.
    while (acknowledged < writes && covered === acknowledged) {
      const lsn = await writeMarker(client, randomUUID())
      if (lsn === undefined) return broken(measured({ acknowledged }), noAnswer, next)
      acknowledged += 1
      if (await isOnStandby(client, lsn)) covered += 1
    }
    const each = (performance.now() - begun) / acknowledged
    const durability = await durabilityInForce(client)
    const facts = {
      acknowledged,
      'on the standby by then': covered,
      each: `${each.toFixed(1)} ms`,
      ...Object.fromEntries(durability.map(({ name, setting }) => [name, setting])),
    }
    const off = durability.find(({ name, setting }) => !durable[name]?.includes(setting))
    if (off) return broken(measured(facts), `${off.name} is ${off.setting} for ${off.whom}`, next)
    if (covered < acknowledged) {
      return broken(measured(facts), 'a write was acknowledged before the standby had it', next)
    }
    return kept(measured(facts))
  })
}

async function isOnStandby(client: Client, lsn: string): Promise<boolean> {
  const { rowCount } = await client.query(
    "select from pg_stat_replication where sync_state in ('sync', 'quorum') and flush_lsn > $1::pg_lsn",
    [lsn],
  )
  return rowCount !== null && rowCount > 0
}

/** Values with which an acknowledged write is on two disks. */
const durable: Readonly<Record<string, readonly string[]>> = {
  fsync: ['on'],
  full_page_writes: ['on'],
  synchronous_commit: ['on', 'remote_apply'],
}

type InForce = { readonly name: string; readonly setting: string; readonly whom: string }

/** The server's own values, and those that a hand has given to a role or a database. */
async function durabilityInForce(client: Client): Promise<readonly InForce[]> {
  const { rows } = await client.query<InForce>(
    `select name, setting, 'everybody' as whom from pg_settings where name = any($1)
      union all
     select split_part(pair, '=', 1), split_part(pair, '=', 2),
            concat_ws(' in ', coalesce(r.rolname, 'everybody'), d.datname)
       from pg_db_role_setting s cross join unnest(setconfig) as pair
       left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
      where split_part(pair, '=', 1) = any($1)`,
    [Object.keys(durable)],
  )
  return rows
}
