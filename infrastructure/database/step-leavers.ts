import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Step } from '../../src/core/plan.ts'
import type { World } from '../../src/core/world.ts'
import { isLeftBehind, noteAtWork } from '../../src/targets/local/at-work.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { changeSharedSettings, type Cluster, statusOf } from './cluster.ts'
import { isStandbyThere, type Members, takesOver } from './members-in-turn.ts'
import { type Member, memberNames } from './members.ts'
import { whileAllHaveAll } from './named-successor.ts'
import { slotsKeptForSeconds } from './render-patroni.ts'

/** The services of this instance, of which some are members that the configuration no longer has. */
export type Services = {
  readonly names: (world: World) => Promise<readonly string[]>
  /** Ends one until it is started again. */
  readonly down: (name: string, world: World) => Promise<void>
  /** Ends one for good; its data stays. */
  readonly remove: (name: string, world: World) => Promise<void>
}

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

/** None that leaves is the primary: before HAProxy forgets it, one that stays takes over. */
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
      const cluster = { ...on.cluster, members: [...on.cluster.members, ...found.leavers] }
      const everybody = { ...on, cluster }
      if (!(await isStandbyThere(everybody, world))) return
      // Where it leaves alone, whoever takes over stays.
      const [named] = on.cluster.members
      if (found.leavers.length === 1 || named === undefined) return takesOver(everybody, found.leader, world)
      await whileAllHaveAll(cluster, named, () => takesOver(everybody, found.leader, world, { named }), world)
    },
    detail: async () => 'the primary stays',
  }
}

/** There while no place of an absent member is kept, so that those of members that leave are given back. */
export const slotsNoteOf = (state: string): string => join(state, 'run', 'slots-not-kept.json')

const keptSlots = { member_slots_ttl: slotsKeptForSeconds }

/** The place of an absent member is kept: a deployment that was killed while one left would have it lost with its first restart. */
export const slotsStep = (cluster: Cluster, state: string): Step => ({
  kind: 'step',
  name: 'slots',
  component: 'database',
  title: 'slots',
  after: cluster.members,
  observe: async () => {
    if (!(await isLeftBehind(slotsNoteOf(state)))) return 'done'
    return { missing: 'a deployment was killed while a member left: no place of an absent one is kept' }
  },
  ensure: async () => {
    await changeSharedSettings(cluster, keptSlots)
    await rm(slotsNoteOf(state), { force: true })
  },
  detail: async () => `kept for ${slotsKeptForSeconds / 60} minutes`,
})

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
    const keptAgain = await noteAtWork(slotsNoteOf(state), world.now())
    await changeSharedSettings(cluster, { member_slots_ttl: 0 })
    try {
      const deadline = Date.now() + forgottenWithinMs
      while ((await left()) && Date.now() < deadline) await world.sleep(250)
    } finally {
      await changeSharedSettings(cluster, keptSlots)
      await keptAgain()
    }
  }
}
