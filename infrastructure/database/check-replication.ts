import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import type { World } from '../../src/core/world.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { sharedSettings } from './cluster.ts'
import type { DatabaseEndpoint } from './local.ts'
import type { Member } from './render-patroni.ts'
import { synchronousStandby } from './step-standby.ts'

const arrivesWithinMs = 3000
const writes = 20

/** Writes a row through the pool and reads it on the standby itself; sees that commits wait for it and that it may take over. */
export async function standby({ addresses, cluster }: DatabaseEndpoint, world: World): Promise<Verdict> {
  const [seen, shared] = await Promise.all([synchronousStandby(addresses), sharedSettings(cluster)])
  const next = 'edge deploy database brings the standby back; edge logs pg1, edge logs pg2 say why it was lost'
  if ('problem' in seen) return broken(measured({}), seen.problem, next)
  if (shared['pause'] === true) {
    return broken(measured({ standby: seen.name }), 'automatic failover is switched off (Patroni is paused)', next)
  }
  const id = randomUUID()
  const begun = performance.now()
  await withClient(addresses.edge, (client) => client.query('insert into edge.marker (id) values ($1)', [id]))
  try {
    const member: Member = seen.name === 'pg1' ? 'pg1' : 'pg2'
    const arrived = await withClient({ ...addresses.members[member], database: 'app' }, (client) =>
      arrives(client, id, world),
    )
    const facts = {
      primary: seen.primary,
      standby: seen.name,
      'marker read after': `${Math.round(performance.now() - begun)} ms`,
    }
    if (arrived) return kept(measured({ ...facts, commits: 'wait for the standby' }))
    return broken(measured(facts), `a row did not reach ${seen.name} within ${arrivesWithinMs / 1000} s`, next)
  } finally {
    await withClient(addresses.edge, (client) => client.query('delete from edge.marker where id = $1', [id]))
  }
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

/**
 * Writes rows, and asks at each acknowledgement how far the standby's disk is: it must be past the write already.
 * A server with `fsync = off` acknowledges what no disk has, so the settings in force count, too.
 */
export async function noLostWrites({ addresses }: DatabaseEndpoint): Promise<Verdict> {
  const next = 'edge deploy database switches synchronous replication on again'
  return withClient({ ...addresses.superuser, database: 'app' }, async (client) => {
    let covered = 0
    for (let count = 0; count < writes; count += 1) {
      await client.query('begin')
      await client.query('insert into edge.marker (id) values ($1)', [randomUUID()])
      // Where this write stands in the log; other clients' writes may follow, and do not matter.
      const written = await client.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn')
      await client.query('commit')
      const { rows } = await client.query<{ covered: boolean }>(
        `select coalesce(bool_or(flush_lsn > $1::pg_lsn), false) as covered
           from pg_stat_replication where sync_state = 'sync'`,
        [written.rows[0]?.lsn],
      )
      if (rows[0]?.covered === true) covered += 1
    }
    await client.query("delete from edge.marker where at < now() - interval '1 minute'")
    const { rows } = await client.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings
        where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')`,
    )
    const facts = { acknowledged: writes, 'on the standby by then': covered }
    const off = rows.filter(({ setting }) => setting === 'off' || setting === '' || setting === 'local')
    if (off[0])
      return broken(measured(facts), `${off[0].name} is ${off[0].setting === '' ? 'empty' : off[0].setting}`, next)
    if (covered < writes) return broken(measured(facts), 'a write was acknowledged before the standby had it', next)
    return kept(measured(facts))
  })
}
