import type { Step } from '../../src/core/plan.ts'
import { messageOf } from '../../src/core/errors.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'

const streamsWithinMs = 60_000

/** The standby streams and is waited for at each commit. Patroni brings it there; this waits until it is so. */
export function standbyStep(addresses: Addresses): Step {
  const observe = async () => {
    const standby = await synchronousStandby(addresses).catch((error: unknown) => ({ problem: messageOf(error) }))
    return 'problem' in standby ? { missing: standby.problem } : ('done' as const)
  }
  return {
    kind: 'step',
    name: 'standby',
    component: 'database',
    title: 'standby',
    after: ['pg1', 'pg2', 'roles', 'parameters'],
    observe,
    ensure: async (world) => {
      const deadline = Date.now() + streamsWithinMs
      while ((await observe()) !== 'done' && Date.now() < deadline) await world.sleep(100)
    },
    detail: async () => {
      const standby = await synchronousStandby(addresses)
      return 'problem' in standby ? standby.problem : `primary ${standby.primary}, synchronous standby ${standby.name}`
    },
  }
}

/** Who streams from the primary and is waited for at each commit. */
export async function synchronousStandby(
  addresses: Addresses,
): Promise<{ readonly name: string; readonly primary: string } | { readonly problem: string }> {
  return withClient(addresses.superuser, async (client) => {
    const { rows } = await client.query<{ name: string; state: string; sync: string; primary: string }>(
      `select application_name as name, state, sync_state as sync, current_setting('cluster_name') as cluster,
              case application_name when 'pg1' then 'pg2' else 'pg1' end as primary
         from pg_stat_replication where application_name in ('pg1', 'pg2')`,
    )
    const [standby] = rows
    if (!standby) return { problem: 'no standby is connected' }
    if (standby.state !== 'streaming') return { problem: `${standby.name} is ${standby.state}` }
    if (standby.sync !== 'sync') return { problem: `${standby.name} is not waited for (${standby.sync})` }
    return standby
  })
}
