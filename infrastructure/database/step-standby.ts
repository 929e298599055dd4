import type { Step } from '../../src/core/plan.ts'
import { messageOf } from '../../src/core/errors.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { World } from '../../src/core/world.ts'
import type { Addresses } from './addresses.ts'
import { changeSharedSettings, type Cluster, etcdProblem, mayTakeOver, sharedSettings } from './cluster.ts'
import { clonesLeftBehind } from './left-behind.ts'
import type { Member } from './members.ts'

const streamsWithinMs = 60_000

/** The standby streams and is waited for at each commit. Patroni brings it there; this waits until it is so. */
export function standbyStep(addresses: Addresses, cluster: Cluster, dataOf: (member: Member) => string): Step {
  const observe = async () => {
    // After its start etcd needs some seconds to elect itself; what is said before that is from Patroni's memory.
    const etcd = await etcdProblem(cluster)
    if (etcd !== undefined) return { missing: etcd }
    const standby = await synchronousStandby(addresses, cluster).catch((error: unknown) => ({
      problem: messageOf(error),
    }))
    if ('problem' in standby) return { missing: standby.problem }
    const { synchronous_node_count: waitedFor } = await sharedSettings(cluster)
    return Number(waitedFor) > 1 ? { missing: `commits wait for ${String(waitedFor)} members` } : ('done' as const)
  }
  return {
    kind: 'step',
    name: 'standby',
    component: 'database',
    title: 'standby',
    after: ['copies', 'parameters'],
    observe,
    ensure: async (world) => {
      // What `remind` switched off, where it was killed before it switched it on again.
      const { synchronous_mode: isOn, synchronous_node_count: waitedFor } = await sharedSettings(cluster)
      if (isOn !== true) await changeSharedSettings(cluster, { synchronous_mode: true })
      // What a switchover to a replica has raised, where it was killed before its end.
      if (Number(waitedFor) > 1) await changeSharedSettings(cluster, { synchronous_node_count: 1 })
      let deadline = Date.now() + streamsWithinMs
      const cloned = clonesLeftBehind(addresses, cluster, dataOf, world)
      while ((await observe()) !== 'done' && Date.now() < deadline) {
        if (await isForgotten(addresses, cluster)) await remind(cluster, world)
        if (await cloned()) deadline = Date.now() + streamsWithinMs
        await world.sleep(100)
      }
    },
    detail: async () => {
      const standby = await synchronousStandby(addresses, cluster)
      return 'problem' in standby ? standby.problem : `primary ${standby.primary}, synchronous standby ${standby.name}`
    },
  }
}

/**
 * Patroni 3.0.2 that is started anew beside a running primary writes its configuration without the standby's name, and,
 * as etcd has the name, believes it in force: commits wait for nobody, for good. Seen after kill -9 of Patroni.
 */
async function isForgotten(addresses: Addresses, cluster: Cluster): Promise<boolean> {
  const seen = await synchronousStandby(addresses, cluster).catch(() => ({ problem: 'unknown', async: undefined }))
  return 'async' in seen && seen.async !== undefined && (await mayTakeOver(cluster, seen.async))
}

const noticesWithinMs = 20_000

/** Switches synchronous replication off and on, so that Patroni names the standby anew. */
async function remind(cluster: Cluster, world: World): Promise<void> {
  await changeSharedSettings(cluster, { synchronous_mode: false })
  try {
    const deadline = Date.now() + noticesWithinMs
    const named = () => Promise.all(cluster.members.map((member) => mayTakeOver(cluster, member)))
    while ((await named()).includes(true) && Date.now() < deadline) await world.sleep(100)
  } finally {
    await changeSharedSettings(cluster, { synchronous_mode: true })
  }
}

export type Standby = { readonly name: Member; readonly primary: Member }

/** Who streams from the primary, is waited for at each commit, and may take over. */
export async function synchronousStandby(
  addresses: Addresses,
  cluster: Cluster,
): Promise<Standby | { readonly problem: string; readonly async?: Member }> {
  const { members } = cluster
  const rows = await withClient(addresses.superuser, async (client) => {
    const found = await client.query<{ name: string; state: string; sync: string; port: number }>(
      `select application_name as name, state, sync_state as sync, inet_server_port() as port
         from pg_stat_replication where application_name = any($1)`,
      [members],
    )
    return found.rows
  })
  const row = rows.find(({ sync }) => sync === 'sync') ?? rows[0]
  const name = members.find((member) => member === row?.name)
  const primary = members.find((member) => addresses.members[member].port === row?.port)
  if (!row || !name || !primary) return { problem: 'no standby is connected' }
  if (row.state !== 'streaming') return { problem: `${name} is ${row.state}` }
  if (row.sync !== 'sync') return { problem: `${name} is not waited for (${row.sync})`, async: name }
  if (!(await mayTakeOver(cluster, name))) return { problem: `${name} may not take over yet, says Patroni` }
  return { name, primary }
}
