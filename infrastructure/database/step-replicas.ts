import { messageOf } from '../../src/core/errors.ts'
import type { Observation, Step } from '../../src/core/plan.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { type Cluster, statusOf } from './cluster.ts'
import { clonesLeftBehind } from './left-behind.ts'

const streamsWithinMs = 60_000

/** Every member but the primary streams from it. One that lacks the log that it needs next is cloned anew. */
export function replicasStep(addresses: Addresses, cluster: Cluster): Step {
  const observe = async (): Promise<Observation> => {
    const missing = await followersProblem(addresses, cluster).catch(messageOf)
    return missing === undefined ? 'done' : { missing }
  }
  return {
    kind: 'step',
    name: 'replicas',
    component: 'database',
    title: 'replica',
    after: ['standby'],
    observe,
    ensure: async (world) => {
      let deadline = Date.now() + streamsWithinMs
      const cloned = clonesLeftBehind(addresses, cluster)
      while ((await observe()) !== 'done' && Date.now() < deadline) {
        if (await cloned()) deadline = Date.now() + streamsWithinMs
        await world.sleep(100)
      }
    },
    detail: async () => `${cluster.members.length - 2} beside the standby`,
  }
}

/** What is wrong with the followers, in words. Rejects where there is no primary. */
export async function followersProblem(addresses: Addresses, cluster: Cluster): Promise<string | undefined> {
  const streaming = await withClient(addresses.superuser, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select application_name as name from pg_stat_replication where state = 'streaming'",
    )
    return new Set(rows.map(({ name }) => name))
  })
  const primary = (await statusOf(cluster)).find(({ role }) => role === 'primary')?.member
  const away = cluster.members.find((name) => name !== primary && !streaming.has(name))
  return away && `${away} does not follow the primary`
}
