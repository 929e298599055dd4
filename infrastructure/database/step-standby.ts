import type { Step } from '../../src/core/plan.ts'
import { messageOf } from '../../src/core/errors.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { synchronousInEtcd } from './ask-etcd.ts'
import { changeSharedSettings, type Cluster, etcdProblem, sharedSettings } from './cluster.ts'
import { clonesLeftBehind } from './left-behind.ts'
import type { Member } from './members.ts'
import { commitsWait } from './render-patroni.ts'

const streamsWithinMs = 60_000

/** A standby streams, and commits wait for it. Patroni brings it there; this waits until it is so. */
export function standbyStep(addresses: Addresses, cluster: Cluster, dataOf: (member: Member) => string): Step {
  const observe = async () => {
    // After its start etcd needs some seconds to elect itself; what is said before that is from Patroni's memory.
    const etcd = await etcdProblem(cluster)
    if (etcd !== undefined) return { missing: etcd }
    const standby = await synchronousStandby(addresses, cluster).catch((error: unknown) => ({
      problem: messageOf(error),
    }))
    if ('problem' in standby) return { missing: standby.problem }
    const { synchronous_node_count: count } = await sharedSettings(cluster)
    return Number(count) > 1 ? { missing: `commits wait for ${String(count)} members` } : ('done' as const)
  }
  return {
    kind: 'step',
    name: 'standby',
    component: 'database',
    title: 'standby',
    after: ['copies', 'parameters'],
    observe,
    ensure: async (world) => {
      // What a hand has switched off, or a switchover to a named member has raised that was killed before its end.
      await changeSharedSettings(cluster, commitsWait(cluster.members.length))
      let deadline = Date.now() + streamsWithinMs
      const cloned = clonesLeftBehind(addresses, cluster, dataOf, world)
      while ((await observe()) !== 'done' && Date.now() < deadline) {
        if (await cloned()) deadline = Date.now() + streamsWithinMs
        await world.sleep(100)
      }
    },
    detail: async () => {
      const standby = await synchronousStandby(addresses, cluster)
      return 'problem' in standby ? standby.problem : `primary ${standby.primary}, standby ${standby.name}`
    },
  }
}

export type Standby = { readonly name: Member; readonly primary: Member }

/**
 * Who streams from the primary, is one that commits wait for, and may take over, which Patroni writes into etcd some seconds
 * later: of several, the one with the most of the log. Rejects where nobody leads, or etcd does not answer.
 */
export async function synchronousStandby(
  addresses: Addresses,
  cluster: Cluster,
): Promise<Standby | { readonly problem: string }> {
  const { members } = cluster
  const rows = await withClient(addresses.superuser, async (client) => {
    const found = await client.query<{ name: string; state: string; sync: string; port: number }>(
      `select application_name as name, state, sync_state as sync, current_setting('port')::int as port
         from pg_stat_replication where application_name = any($1)
        order by state = 'streaming' and sync_state in ('sync', 'quorum') desc, flush_lsn desc nulls last, name`,
      [members],
    )
    return found.rows
  })
  const [row] = rows
  const primary = members.find((member) => addresses.members[member].port === row?.port)
  if (!row || !primary) return { problem: 'no standby is connected' }
  if (row.state !== 'streaming') return { problem: `${row.name} is ${row.state}` }
  if (!isWaitedFor(row)) return { problem: `${row.name} is not waited for (${row.sync})` }
  const { leader, standbys } = await synchronousInEtcd(cluster)
  for (const { name } of leader === primary ? rows.filter(isWaitedFor) : []) {
    const member = members.find((one) => one === name && standbys.includes(one))
    if (member) return { name: member, primary }
  }
  return { problem: `${row.name} may not take over yet, says Patroni` }
}

const isWaitedFor = ({ state, sync }: { readonly state: string; readonly sync: string }): boolean =>
  state === 'streaming' && ['sync', 'quorum'].includes(sync)
