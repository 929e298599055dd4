import { type PgAddress, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { cloneAnew, type Cluster, statusOf } from './cluster.ts'
import type { Member } from './members.ts'

/** It asks the primary five times a second; one that comes no further for so long gets nothing. */
const standsStillMs = 10_000

/**
 * To be asked again and again: has a member cloned anew that is left behind and gets no further, each once, and answers
 * whether it did so now.
 */
export function clonesLeftBehind(addresses: Addresses, cluster: Cluster): () => Promise<boolean> {
  const cloned = new Set<Member>()
  let stuck: { readonly at: string; readonly since: number } | undefined
  return async () => {
    const behind = await leftBehind(addresses, cluster).catch(() => undefined)
    if (behind?.at !== stuck?.at) stuck = behind && { at: behind.at, since: Date.now() }
    if (!behind || !stuck || cloned.has(behind.member) || Date.now() - stuck.since <= standsStillMs) return false
    await cloneAnew(cluster, behind.member)
    cloned.add(behind.member)
    return true
  }
}

/**
 * A standby that runs behind the primary, which no longer has the log that it needs next, as it was away for too long; and
 * where in the log it is. Only one that has nothing of its own, by the place in the log and the timeline, is answered:
 * any other may be the last good copy, or is kept from the log by something else (a password, say), and so would a clone be.
 */
async function leftBehind(addresses: Addresses, cluster: Cluster): Promise<{ member: Member; at: string } | undefined> {
  const seen = await statusOf(cluster)
  const primary = seen.find(({ role }) => role === 'primary')
  if (!primary) return undefined
  for (const { member } of seen.filter(({ role, state }) => role === 'replica' && state === 'running')) {
    const at = await lacksLog(addresses.members[member], addresses.members[primary.member])
    if (at !== undefined) return { member, at }
  }
  return undefined
}

/** Where in the log it is, of one that is behind and gets no further. */
async function lacksLog(replica: PgAddress, primary: PgAddress): Promise<string | undefined> {
  const place = await withClient(replica, async (client) => {
    // Received counts, too: one that waits with replaying, as a query of a reader is in the way, lacks nothing.
    const { rows } = await client.query<{ at: string; timeline: number }>(
      `select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) as at, timeline_id as timeline
         from pg_control_checkpoint() where pg_is_in_recovery()`,
    )
    return rows[0]
  })
  if (!place) return undefined
  const isPast = await withClient(primary, async (client) => {
    const { rowCount } = await client.query(
      `select from pg_control_checkpoint() where pg_current_wal_lsn() > $1::pg_lsn and timeline_id = $2
         and not exists (select from pg_ls_waldir() where name = pg_walfile_name($1::pg_lsn + 1))`,
      [place.at, place.timeline],
    )
    return rowCount === 1
  })
  return isPast ? place.at : undefined
}
