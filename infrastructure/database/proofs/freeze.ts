import { signalIfThere } from '../../../src/core/process.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { messageOf } from '../../../src/core/errors.ts'
import type { Addresses } from '../addresses.ts'
import { type Cluster, switchOver } from '../cluster.ts'
import { synchronous } from '../kill-primary.ts'
import type { Member } from '../members.ts'
import { followersProblem } from '../step-replicas.ts'
import { type Standby, synchronousStandby } from '../step-standby.ts'
import { startWriting, type WriteLoad } from '../write-load.ts'

/** What is there to be frozen: process numbers as they are now. */
export type Processes = {
  /** The Patroni of a member. */
  readonly patroni: (member: Member) => Promise<number>
  readonly etcd: () => Promise<number>
  /** A member's PostgreSQL: the postmaster and all that it has started. */
  readonly postgres: (member: Member) => Promise<readonly number[]>
}

export async function postgresOf(state: string, member: Member): Promise<readonly number[]> {
  const [first] = (await readFile(join(state, 'data', member, 'postmaster.pid'), 'utf8')).split('\n')
  const postmaster = Number(first)
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
  return [postmaster, ...children.split(' ').filter(Boolean).map(Number)]
}

export type Trial = {
  readonly title: string
  /** What gets SIGSTOP, for `frozenForMs`. */
  readonly frozen: (processes: Processes, primary: Member) => Promise<readonly number[]>
  /** What gets SIGKILL in the middle of that time. */
  readonly killed?: (processes: Processes) => Promise<number>
}

export const trials: readonly Trial[] = [
  { title: 'PostgreSQL is frozen', frozen: ({ postgres }, primary) => postgres(primary) },
  { title: 'Patroni is frozen', frozen: async ({ patroni }, primary) => [await patroni(primary)] },
  {
    title: 'PostgreSQL and Patroni are frozen',
    frozen: async ({ patroni, postgres }, primary) => [await patroni(primary), ...(await postgres(primary))],
  },
  { title: 'etcd is frozen', frozen: async ({ etcd }) => [await etcd()] },
  {
    title: 'etcd is killed while PostgreSQL is frozen',
    frozen: ({ postgres }, primary) => postgres(primary),
    killed: ({ etcd }) => etcd(),
  },
]

const frozenForMs = 60_000
const writers = 20
/** `database.failover.lease` as it is shipped, and a round of Patroni's loop. */
const leaseMs = 22_000
const acknowledgesWithinMs = 90_000
const followAgainWithinMs = 120_000

export type Outcome = Omit<Awaited<ReturnType<WriteLoad['stop']>>, 'errors'> & {
  readonly errors: number
  readonly primary: Member
  /** Who was primary when all was over, before the planned switchover. */
  readonly primaryAfterwards: Member
  /** From the thaw until the standby may take over again. */
  readonly standbyBackAfterMs: number
  /** From the thaw until every other member follows the primary again; the one that was frozen is then rewound. */
  readonly membersBackAfterMs: number
  /** What edge advised, where the members had not come back by themselves in time. */
  readonly helpedBy?: string
  /** The longest time without an acknowledgement until then; `longestGapMs` has the switchover in it. */
  readonly gapOfFreezeMs: number
  readonly switchoverMs: number
}

/**
 * Freezes a part of the primary's side for a minute while twenty clients write, and lets it go on. `help` is what edge
 * advises where not all members are back within `backWithinMs`; it answers what that was, or nothing where they were back
 * meanwhile.
 */
export async function freeze(
  trial: Trial,
  on: { readonly addresses: Addresses; readonly cluster: Cluster; readonly processes: Processes },
  backWithinMs: number,
  help: () => Promise<string | undefined>,
): Promise<Outcome> {
  const { addresses, cluster, processes } = on
  const before = await synchronous(addresses, cluster)
  const load = await startWriting({ ...addresses.edge, database: 'app' }, writers)
  try {
    await load.acknowledges(1000, acknowledgesWithinMs)
    const frozen = await trial.frozen(processes, before.primary)
    frozen.forEach((pid) => signalIfThere(pid, 'SIGSTOP'))
    try {
      await wait(frozenForMs / 2)
      if (trial.killed) signalIfThere(await trial.killed(processes), 'SIGKILL')
      await wait(frozenForMs / 2)
    } finally {
      frozen.forEach((pid) => signalIfThere(pid, 'SIGCONT'))
    }
    const thawed = performance.now()
    const alone = await untilBack(addresses, cluster, thawed + backWithinMs)
    const standbyAlone = Math.round(performance.now() - thawed)
    const all = alone !== undefined && (await follow(addresses, cluster, thawed + backWithinMs))
    const helpedBy = all ? undefined : await help()
    const after = alone ?? (await synchronous(addresses, cluster))
    const standbyBackAfterMs = alone ? standbyAlone : Math.round(performance.now() - thawed)
    if (!(await follow(addresses, cluster, performance.now() + followAgainWithinMs)))
      throw new Error(`not all members follow ${after.primary} again`)
    const membersBackAfterMs = Math.round(performance.now() - thawed)
    const gapOfFreezeMs = Math.round(load.longestGapMs())
    await load.acknowledges(1000, acknowledgesWithinMs)
    // Those that follow a primary that went on without etcd take over from it when its lease would have ended, and no sooner.
    await wait(Math.max(0, thawed + leaseMs - performance.now()))
    const switched = performance.now()
    await switchOver(cluster, after.primary)
    const switchoverMs = Math.round(performance.now() - switched)
    await load.acknowledges(1000, acknowledgesWithinMs)
    const written = await load.stop()
    return {
      primary: before.primary,
      primaryAfterwards: after.primary,
      ...written,
      longestGapMs: Math.round(written.longestGapMs),
      errors: written.errors.length,
      gapOfFreezeMs,
      standbyBackAfterMs,
      membersBackAfterMs,
      ...(helpedBy === undefined ? {} : { helpedBy }),
      switchoverMs,
    }
  } catch (error) {
    // Clients that write on would disturb whatever comes next.
    await load.stop().catch(() => undefined)
    throw error
  }
}

/** A standby that PostgreSQL, Patroni and etcd itself all name; undefined where there is none in time. */
async function untilBack(addresses: Addresses, cluster: Cluster, deadline: number): Promise<Standby | undefined> {
  while (performance.now() < deadline) {
    const seen = await synchronousStandby(addresses, cluster).catch((error: unknown) => ({ problem: messageOf(error) }))
    if (!('problem' in seen)) return seen
    await wait(100)
  }
  return undefined
}

/** Whether every member but the primary follows it, by the time that is given. */
async function follow(addresses: Addresses, cluster: Cluster, deadline: number): Promise<boolean> {
  do {
    if ((await followersProblem(addresses, cluster).catch(messageOf)) === undefined) return true
    await wait(100)
  } while (performance.now() < deadline)
  return false
}
