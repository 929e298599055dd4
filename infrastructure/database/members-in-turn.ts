import { setTimeout as wait } from 'node:timers/promises'
import { request } from 'undici'
import { messageOf } from '../../src/core/errors.ts'
import type { InTurn } from '../../src/core/plan.ts'
import type { World } from '../../src/core/world.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { type Cluster, statusOf, switchOver } from './cluster.ts'
import { resumeAll } from './hold-pool.ts'
import { paused, pausedForAMoment, withPoolPaused } from './pause.ts'
import type { Member } from './members.ts'
import { synchronousStandby } from './step-standby.ts'

/** What restarts of members need to know. */
export type Members = {
  readonly addresses: Addresses
  readonly cluster: Cluster
  /** HAProxy's own page of what it sees. */
  readonly routes: string
}

type Looking = { readonly routes: string; readonly cluster: Pick<Cluster, 'members'> }

const streamsWithinMs = 60_000
const routedWithinMs = 10_000
/** Once Patroni was asked, Ctrl-C waits for its end: clients that went on in the middle would fail. */
const toItsEnd = { sleep: (ms: number) => wait(ms) }
/** Longer than Patroni itself waits for its end. */
const takesOverWithinMs = 60_000

/**
 * Restarts members so that no request fails: the standby first; when it has all writes again it takes over, while the
 * pool's clients wait, and the former primary follows. Looks anew before each, so that one that was killed in the middle is
 * taken up where it was. Where no member answers (they move to other ports) there is nothing to be spared.
 */
export function membersInTurn(on: Members): InTurn {
  return async (restarts, world) => {
    const left = new Map(restarts)
    const take = (member: Member): (() => Promise<void>) => {
      const restart = left.get(member)
      left.delete(member)
      return restart ?? (() => Promise.resolve())
    }
    // Only where there is something to be spared: HAProxy takes over its configuration beside this.
    if ((await statusOf(on.cluster)).some(({ role }) => role !== 'unknown')) await throughNewHaproxy(on, world)
    while (left.size > 0) {
      const seen = (await statusOf(on.cluster)).filter(({ member }) => left.has(member))
      const other = seen.find(({ role }) => role !== 'primary')
      if (seen.every(({ role }) => role === 'unknown')) {
        await Promise.all(seen.map(({ member }) => take(member)()))
      } else if (other) {
        await restartStandby(on, other.member, take(other.member), world)
      } else {
        for (const { member } of seen) await relievePrimary(on, member, () => take(member)(), world)
      }
    }
  }
}

/** Readers are led to the primary meanwhile; what they had begun ends first. */
export async function restartStandby(
  on: Members,
  standby: Member,
  restart: () => Promise<void>,
  world: World,
): Promise<void> {
  let restarting: Promise<void> = Promise.resolve()
  await withPoolPaused(
    on.addresses,
    paused.readers,
    async () => {
      let isOver = false
      restarting = restart().finally(() => {
        isOver = true
      })
      // It is waited for below, and an answer that comes before that must not end the program.
      restarting.catch(() => undefined)
      await until(async () => isOver || (await readersOf(on))?.includes(standby) === false, routedWithinMs, world)
    },
    world,
  )
  await restarting
}

/** Writers and readers wait for as long as it takes: nobody could take over, or only this one's own restart helps. */
export async function restartPrimary(
  on: Members,
  primary: Member,
  restart: () => Promise<void>,
  world: World,
): Promise<void> {
  await beforeItStops(on)
  const untilBack = async (): Promise<void> => {
    await restart()
    // Clients that go on before writers are led to it again would fail.
    await until(() => leadsTo(on, primary), routedWithinMs, world)
  }
  await withPoolPaused(on.addresses, paused.all, untilBack, world)
}

/**
 * A server that stops first writes to the disk what has changed since the last checkpoint: for seconds, after much has been
 * written. Done before, while clients are served, it is not a part of their pause.
 */
async function beforeItStops({ addresses }: Members): Promise<void> {
  await withClient(addresses.superuser, (client) => client.query('checkpoint')).catch(() => undefined)
}

/** The standby takes over, and the one that was primary is left as a standby, to be restarted as such. */
async function relievePrimary(on: Members, primary: Member, restart: () => Promise<void>, world: World): Promise<void> {
  if (!(await isStandbyThere(on, world))) return restartPrimary(on, primary, restart, world)
  await takesOver(on, primary, world)
  await restartStandby(on, primary, restart, world)
}

/**
 * A standby takes over from the primary, while the pool's clients wait; or `otherwise`, where they cannot be held. Where one
 * is named, all have to be waited for at each commit (see named-successor.ts).
 */
export async function takesOver(
  on: Members,
  primary: Member,
  world: World,
  { named, otherwise }: { readonly named?: Member | undefined; readonly otherwise?: () => Promise<void> } = {},
): Promise<void> {
  await beforeItStops(on)
  const takeOver = async (): Promise<void> => {
    // Whoever pressed Ctrl-C while the pool was being held has nothing changed.
    await world.sleep(0)
    // Patroni looks for its end once a second, and clients need not wait for its answer.
    let [answered, refusal]: [boolean, unknown] = [false, undefined]
    void switchOver(on.cluster, primary, named)
      .catch((error: unknown) => {
        refusal = error
      })
      .finally(() => {
        answered = true
      })
    let next: Member | undefined
    const hasTakenOver = async (): Promise<boolean> => {
      next = await writersLedTo(on)
      return next !== undefined && next !== primary
    }
    await until(async () => answered || (await hasTakenOver()), takesOverWithinMs, toItsEnd)
    if (refusal !== undefined) throw refusal
    await until(hasTakenOver, routedWithinMs, toItsEnd)
    // HAProxy takes it from the readers up to a second later, for which writers need not wait.
    await resumeAll({ console: on.addresses.console, databases: paused.writers })
    await until(async () => next !== undefined && (await leadsTo(on, next)), routedWithinMs, toItsEnd)
  }
  await withPoolPaused(on.addresses, paused.all, takeOver, world, otherwise)
}

/** Whether one may take over, now or in time. */
export async function isStandbyThere({ addresses, cluster }: Members, world: World): Promise<boolean> {
  const deadline = Date.now() + streamsWithinMs
  for (;;) {
    const seen = await synchronousStandby(addresses, cluster).catch((error: unknown) => ({ problem: messageOf(error) }))
    if (!('problem' in seen)) return true
    if (Date.now() > deadline) return false
    await world.sleep(100)
  }
}

/** Writers and readers are both led to the new primary, and by nothing to where it was a standby: that way is cut next. */
async function leadsTo(on: Members, primary: Member): Promise<boolean> {
  const readers = await readersOf(on)
  return readers !== undefined && !readers.includes(primary) && (await writersLedTo(on)) === primary
}

/** The one member that HAProxy leads writers to, and that takes writes by now. */
async function writersLedTo(on: Members): Promise<Member | undefined> {
  const [only, ...others] = (await upIn(on, 'primary')) ?? []
  if (only === undefined || others.length > 0) return undefined
  const takesWrites = await withClient(on.addresses.superuser, async (client) => {
    const { rows } = await client.query<{ follows: boolean }>('select pg_is_in_recovery() as follows')
    return rows[0]?.follows === false
  }).catch(() => false)
  return takesWrites ? only : undefined
}

/**
 * An HAProxy that has read its configuration anew leaves what is open to a process that ends within 30 s, and cuts it
 * then. A pause for a moment has the pool connect anew before that; its RECONNECT would count those that just sign in as
 * refused, and refuse clients for them.
 */
async function throughNewHaproxy(on: Members, world: World): Promise<void> {
  await until(async () => (await upIn(on, 'primary')) !== undefined, routedWithinMs, world)
  await pausedForAMoment(on.addresses)
}

/** Whom HAProxy leads writers to, and whom it may lead readers to, but for the primary. */
export async function routesOf(routes: string, members: readonly Member[]) {
  const on = { routes, cluster: { members } }
  const [writers, readers] = await Promise.all([upIn(on, 'primary'), readersOf(on)])
  return { writers, readers }
}

/** The members that HAProxy may lead readers to, but for the primary. */
async function readersOf(on: Looking): Promise<readonly Member[] | undefined> {
  const [replicas, standbys] = await Promise.all([upIn(on, 'replica'), upIn(on, 'standby')])
  return replicas && standbys && [...replicas, ...standbys]
}

/** The members that HAProxy leads somebody to; undefined where it does not say. */
async function upIn(
  { routes, cluster: { members } }: Looking,
  backend: 'primary' | 'replica' | 'standby',
): Promise<readonly Member[] | undefined> {
  try {
    const timeouts = { headersTimeout: 2000, bodyTimeout: 2000 }
    const lines = (await (await request(routes, timeouts)).body.text()).split('\n')
    const said = (member: Member, sign: string) => lines.includes(`${backend}/${member} ${sign}`)
    if (!members.every((member) => said(member, '0') || said(member, '1'))) return undefined
    return members.filter((member) => said(member, '1'))
  } catch {
    return undefined
  }
}

/** Waits for a condition, and goes on without it after some time: what is waited for here spares requests, no more. */
async function until(
  condition: () => Promise<boolean>,
  withinMs: number,
  { sleep }: Pick<World, 'sleep'>,
): Promise<void> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline && !(await condition())) await sleep(50)
}
