import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Step } from '../../src/core/plan.ts'
import type { World } from '../../src/core/world.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { changeSharedSettings, mayTakeOver, statusOf } from './cluster.ts'
import { type Members, takesOver } from './members-in-turn.ts'
import { type Member, memberNames } from './members.ts'
import { slotsKeptForSeconds } from './render-patroni.ts'

/** The services of this instance, of which some are members that the configuration no longer has. */
export type Services = {
  readonly names: (world: World) => Promise<readonly string[]>
  /** Ends one until it is started again. */
  readonly down: (name: string, world: World) => Promise<void>
  /** Ends one for good; its data stays. */
  readonly remove: (name: string, world: World) => Promise<void>
}

const namedWithinMs = 60_000
/** A member is gone for the others when its lease in etcd has ended. */
const forgottenWithinMs = 90_000

/** Members that the configuration does not have, and that left something here: a service, or a copy of the data. */
export async function leaversOf(
  state: string,
  members: readonly Member[],
  services: readonly string[],
): Promise<readonly Member[]> {
  const copies = await readdir(join(state, 'data')).catch((): string[] => [])
  return memberNames.filter((name) => !members.includes(name) && (services.includes(name) || copies.includes(name)))
}

/**
 * None that leaves is the primary: before HAProxy forgets it, one that stays takes over. Only one that has all writes may:
 * where that is one that leaves, too, all are waited for at each commit until then.
 */
export function successorStep(on: Members, state: string, services: Services): Step {
  const leading = async (world: World): Promise<{ leader: Member; leavers: readonly Member[] } | undefined> => {
    const leavers = await leaversOf(state, on.cluster.members, await services.names(world))
    if (leavers.length === 0) return undefined
    const seen = await statusOf({ ...on.cluster, members: leavers })
    const leader = seen.find(({ role }) => role === 'primary')?.member
    return leader && { leader, leavers }
  }
  return {
    kind: 'step',
    name: 'successor',
    component: 'database',
    title: 'successor',
    after: ['etcd'],
    observe: async (world) => {
      const found = await leading(world)
      return found === undefined ? 'done' : { missing: `${found.leader} leaves, and is the primary` }
    },
    ensure: async (world) => {
      const found = await leading(world)
      if (!found) return
      const everybody = { ...on.cluster, members: [...on.cluster.members, ...found.leavers] }
      const successor = async () => {
        for (const member of on.cluster.members) if (await mayTakeOver(on.cluster, member)) return member
        return undefined
      }
      let next = await successor()
      try {
        // Not where one of them may already: while more of them come to that, nobody knows which one Patroni takes.
        if (next === undefined)
          await changeSharedSettings(everybody, { synchronous_node_count: everybody.members.length - 1 })
        const deadline = Date.now() + namedWithinMs
        while (next === undefined && Date.now() < deadline) {
          await world.sleep(100)
          next = await successor()
        }
        if (next) await takesOver({ ...on, cluster: everybody }, found.leader, next, world)
      } finally {
        await changeSharedSettings(everybody, { synchronous_node_count: 1 })
      }
    },
    detail: async () => 'the primary stays',
  }
}

/**
 * Ends members that the configuration no longer has, when nobody uses them any more, and gives back what was kept for
 * them: their place in the log of the others, and their copy of the data. Whoever started this has agreed to that.
 */
export function leaversStep(on: Members, state: string, services: Services): Step {
  const { addresses, cluster } = on
  const leavers = async (world: World) => leaversOf(state, cluster.members, await services.names(world))
  return {
    kind: 'step',
    name: 'leavers',
    component: 'database',
    title: 'leavers',
    after: ['connections', 'replicas'],
    observe: async (world) => {
      const [first] = await leavers(world)
      return first === undefined ? 'done' : { missing: `${first} is still there` }
    },
    ensure: async (world) => {
      const leaving = await leavers(world)
      const running = await services.names(world)
      for (const name of leaving.filter((member) => running.includes(member))) await services.remove(name, world)
      await dropSlots(on, leaving, world)
      for (const name of leaving)
        for (const folder of ['engines', 'data']) await rm(join(state, folder, name), { recursive: true, force: true })
    },
    detail: async () => 'none',
  }

  /** Patroni keeps the place of an absent member for half an hour, on every member, unless it is told not to. */
  async function dropSlots(of: Members, leaving: readonly Member[], world: World): Promise<void> {
    const left = async (): Promise<boolean> => {
      const counts = await Promise.all(
        of.cluster.members.map((member) =>
          withClient(addresses.members[member], (client) =>
            client.query('select from pg_replication_slots where slot_name = any($1)', [leaving]),
          ).then(({ rowCount }) => rowCount ?? 0),
        ),
      )
      return counts.some((count) => count > 0)
    }
    await changeSharedSettings(cluster, { member_slots_ttl: 0 })
    try {
      const deadline = Date.now() + forgottenWithinMs
      while ((await left()) && Date.now() < deadline) await world.sleep(250)
    } finally {
      await changeSharedSettings(cluster, { member_slots_ttl: slotsKeptForSeconds })
    }
  }
}
