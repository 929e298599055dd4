import type { World } from '../../src/core/world.ts'
import { type PgAddress, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { cloneAnew, type Cluster, type MemberStatus, statusOf } from './cluster.ts'
import type { Member } from './members.ts'
import { type Needed, neededByRunning, neededByStarting } from './needs-log.ts'

type Behind = { readonly member: Member; readonly needed: Needed }

/**
 * To be asked again and again: has a member cloned anew that is left behind and gets no further, each once, and answers
 * whether it did so now. `dataOf` is a member's folder.
 */
export function clonesLeftBehind(
  addresses: Addresses,
  cluster: Cluster,
  dataOf: (member: Member) => string,
  world: World,
): () => Promise<boolean> {
  const cloned = new Set<Member>()
  let stuck: { readonly at: string; readonly since: number } | undefined
  const neededBy = ({ member, state }: MemberStatus): Promise<Needed | undefined> =>
    state === 'running' ? neededByRunning(addresses.members[member]) : neededByStarting(dataOf(member), world)
  return async () => {
    const behind = await leftBehind(addresses, cluster, neededBy).catch(() => undefined)
    const at = behind && JSON.stringify(behind)
    if (at !== stuck?.at) stuck = at === undefined ? undefined : { at, since: Date.now() }
    if (!behind || !stuck || cloned.has(behind.member)) return false
    if (Date.now() - stuck.since <= behind.needed.patienceMs) return false
    await cloneAnew(cluster, behind.member)
    cloned.add(behind.member)
    return true
  }
}

/**
 * A standby that runs or starts behind the primary, which no longer has the log that it needs next, as it was away for too
 * long; and what it needs. Only one that has nothing of its own, by the place in the log and the timeline, is answered:
 * any other may be the last good copy, or is kept from the log by something else (a password, say), and so would a clone be.
 */
async function leftBehind(
  addresses: Addresses,
  cluster: Cluster,
  neededBy: (of: MemberStatus) => Promise<Needed | undefined>,
): Promise<Behind | undefined> {
  const seen = await statusOf(cluster)
  const primary = seen.find(({ role }) => role === 'primary')
  if (!primary) return undefined
  for (const one of seen.filter(({ role, state }) => role === 'replica' && ['running', 'starting'].includes(state))) {
    const needed = await neededBy(one)
    if (needed && (await isGone(needed, addresses.members[primary.member]))) return { member: one.member, needed }
  }
  return undefined
}

/** Whether the primary, which has all of the standby's past, no longer has what that needs; under any timeline's name. */
const isGone = ({ segment, at, timeline }: Needed, primary: PgAddress): Promise<boolean> =>
  withClient(primary, async (client) => {
    // A past timeline reaches as far as the history says, whose lines are: timeline, place, reason.
    const { rowCount } = await client.query(
      `select from
         (select pg_current_wal_lsn() as lsn, pg_walfile_name(pg_current_wal_lsn()) as file) now,
         lateral (select coalesce($3, right(pg_walfile_name($1::pg_lsn + 1), 16)) as segment) needed
        where segment < right(file, 16)
          and not exists (select from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' and right(name, 16) = segment)
          and $1::pg_lsn <= case when ('x' || left(file, 8))::bit(32)::int = $2::int then lsn else
                (regexp_match(pg_read_file('pg_wal/' || left(file, 8) || '.history', 0, 1048576, true),
                              '^' || $2::int::text || '\\t(\\S+)', 'n'))[1]::pg_lsn end`,
      [at, timeline, segment ?? null],
    )
    return rowCount === 1
  })
