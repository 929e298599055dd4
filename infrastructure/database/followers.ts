import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { synchronousInEtcd } from './ask-etcd.ts'
import type { Cluster } from './cluster.ts'
import type { Member } from './members.ts'

type On = { readonly addresses: Addresses; readonly cluster: Pick<Cluster, 'members' | 'etcd'> }

/**
 * Waits until every member follows the primary and commits may wait for it, and answers those of which that is not so after
 * the time. One that is just being rewound from the primary is lost where that stops meanwhile; and a new primary waits for
 * none that commits did not wait for before, so with one away, writes wait for longer when another goes.
 */
export async function untilAllFollow(
  on: On,
  withinMs: number,
  sleep: (ms: number) => Promise<void>,
): Promise<readonly Member[]> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const away = await awayFrom(on).catch(() => on.cluster.members)
    if (away.length === 0 || Date.now() > deadline) return away
    await sleep(100)
  }
}

async function awayFrom({ addresses, cluster }: On): Promise<readonly Member[]> {
  const { members } = cluster
  const { leader, standbys } = await synchronousInEtcd(cluster)
  const rows = await withClient(addresses.superuser, async (client) => {
    const streaming = await client.query<{ name: string; port: number }>(
      "select application_name as name, current_setting('port')::int as port from pg_stat_replication where state = 'streaming'",
    )
    return streaming.rows
  })
  const primary = members.find((member) => rows.some(({ port }) => port === addresses.members[member].port))
  const follows = (member: Member): boolean =>
    leader === primary && standbys.includes(member) && rows.some(({ name }) => name === member)
  return members.filter((member) => member !== primary && !follows(member))
}
