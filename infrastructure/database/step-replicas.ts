import { messageOf } from '../../src/core/errors.ts'
import type { Observation, Step } from '../../src/core/plan.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { type Cluster, statusOf } from './cluster.ts'
import { clonesLeftBehind } from './left-behind.ts'
import { type Members, routesOf } from './members-in-turn.ts'
import type { Member } from './members.ts'

const streamsWithinMs = 60_000
const ledWithinMs = 10_000

/** Every member but the primary streams from it. One that lacks the log that it needs next is cloned anew. */
export function replicasStep({ addresses, cluster, routes }: Members, dataOf: (member: Member) => string): Step {
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
      const cloned = clonesLeftBehind(addresses, cluster, dataOf, world)
      while ((await observe()) !== 'done' && Date.now() < deadline) {
        if (await cloned()) deadline = Date.now() + streamsWithinMs
        await world.sleep(100)
      }
      // Whoever connects to the reader before that stays where they were led to. What does not come to it is for the checks.
      const led = Date.now() + ledWithinMs
      while (Date.now() < led && !(await readersHaveReplicas(routes, cluster.members))) await world.sleep(100)
    },
    detail: async () => `${cluster.members.length - 2} beside the standby`,
  }
}

async function readersHaveReplicas(routes: string, members: readonly Member[]): Promise<boolean> {
  const { readers = [] } = await routesOf(routes, members)
  return readers.length >= members.length - 1
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
