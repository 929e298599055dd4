import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import type { Cluster } from './cluster.ts'
import type { Member } from './members.ts'

type On = { readonly addresses: Addresses; readonly cluster: Pick<Cluster, 'members'> }

/**
 * Waits until every member follows the primary, and answers those that do not after the time. One that is just being
 * rewound from the primary is lost where that stops meanwhile; and with one away, writes wait for longer when another goes.
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

const awayFrom = ({ addresses, cluster: { members } }: On): Promise<readonly Member[]> =>
  withClient(addresses.superuser, async (client) => {
    const { rows } = await client.query<{ name: string; port: number }>(
      "select application_name as name, inet_server_port() as port from pg_stat_replication where state = 'streaming'",
    )
    const leads = (member: Member): boolean => rows.some(({ port }) => port === addresses.members[member].port)
    return members.filter((member) => !leads(member) && !rows.some(({ name }) => name === member))
  })
