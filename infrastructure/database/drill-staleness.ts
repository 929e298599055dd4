import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { Client } from 'pg'
import { type Drill, DrillFailed } from '../../src/core/drill.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { noteAtWork } from '../../src/targets/local/at-work.ts'
import { lockInstance } from '../../src/targets/local/lock.ts'
import type { World } from '../../src/core/world.ts'
import { isLostConnection, type PgAddress, serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'
import { startupOf } from './causes.ts'
import { whoAnswers } from './check-readers.ts'
import { drills, readersAsDeployed } from './drilled.ts'
import { database } from './guarantees.ts'
import { untilAllFollow } from './followers.ts'
import { held } from './held.ts'
import { letGo, type ReplayOrder } from './hold-replay.ts'
import type { DatabaseEndpoint } from './local.ts'
import type { Member } from './members.ts'
import { replayNoteOf } from './step-replay.ts'
import { showsStaleness, tooOld } from './staleness.ts'

type On = Pick<DatabaseEndpoint, 'addresses' | 'cluster' | 'settings' | 'state'>

/** So much longer than the bound it is watched. */
const watchedOnForMs = 5000
const looksEveryMs = 50
const backWithinMs = 30_000
const readersPerMember = 2

const next = 'edge verify database.boundedStaleness; edge logs haproxy says who left the readers, and when'

/** Stops the replay where readers are, and asks as a reader how old it is what there is to be read. */
export const stalenessDrill: Drill<On> = {
  name: drills.staleness,
  says: 'stops the replay on the members that readers are led to, and measures how old what they see gets',
  harms: 'readers see what is some seconds old, and connect anew: to another member, in the end to the primary',
  proves: [database.boundedStaleness.id],
  of: async ({ cluster, settings }) => readersAsDeployed(cluster, settings),
  run: async (on, world) => {
    const release = await lockInstance(on.state, `drill ${drills.staleness}`, world.now())
    try {
      // Killed together with what holds it, it leaves members that could not take over: the agent has their replay go on.
      const wentOn = await noteAtWork(replayNoteOf(on.state), world.now())
      return await staleness(on, world).finally(wentOn)
    } finally {
      await release()
    }
  },
  show: showsStaleness,
}

async function staleness(on: On, world: World) {
  const bound = on.settings.reader.maximumLag.milliseconds
  const { load, before, pids } = await readersThatReplay(on, world)
  const order: ReplayOrder = { pids, forMs: bound + 2 * watchedOnForMs }
  const holder = await held('hold-replay.ts', order, 'stopped')
  try {
    if (typeof holder !== 'object') throw new Error(`what was to stop the replay was ${holder}`)
    await world.sleep(bound + watchedOnForMs)
    const then = await readersNow(on)
    const facts = { stopped: before.join(', '), ...load.seen(), 'then read on': then.join(', '), boundMs: bound }
    // Whoever reads elsewhere sees nothing get old, and such a record would be a kept promise that nobody looked at.
    if (facts.oldestMs === 0)
      throw new OperatorError(`drill ${drills.staleness}`, 'its readers were on none of them: nothing was measured', [
        'edge drill staleness measures again',
      ])
    const still = then.filter((member) => before.includes(member))
    const problem =
      tooOld(facts, bound) ?? (still.length > 0 ? `readers are still led to ${still.join(', ')}` : undefined)
    if (problem !== undefined) throw new DrillFailed(drills.staleness, problem, facts, next)
    return facts
  } finally {
    if (typeof holder === 'object') await holder.release()
    // Whatever became of what held them.
    letGo(pids)
    await load.stop()
    if (!world.signal.aborted) await leadBack(on, before, world)
  }
}

/**
 * Readers, the members that these very ones are on, and who replays the log there: with the replay stopped anywhere else
 * nothing would be seen to get old. Right after a takeover they may be on the primary, where nobody replays, and then it
 * begins anew.
 */
async function readersThatReplay(on: On, world: World) {
  const deadline = Date.now() + backWithinMs
  await untilAllFollow(on, backWithinMs, (ms) => world.sleep(ms))
  for (;;) {
    const load = await startNumbers(on, Math.max(1, on.settings.replicas) * readersPerMember)
    try {
      const before = await load.readOn(world)
      const found = await Promise.all(before.map((member) => startupOf(join(on.state, 'data', member))))
      const pids = found.filter((pid) => pid !== undefined)
      if (pids.length === before.length) return { load, before, pids }
      if (Date.now() > deadline) {
        const what = `readers are led to ${before.join(', ')}, where not everybody replays the log`
        throw new OperatorError(`drill ${drills.staleness}`, what, [
          'edge verify database.readReplica; edge logs haproxy',
        ])
      }
    } catch (error) {
      await load.stop()
      throw error
    }
    await load.stop()
    await world.sleep(250)
  }
}

/** HAProxy hangs up on those whom it leads elsewhere just then, as it does right after a takeover: they ask again. */
const untilAnswered = <Answer>(ask: () => Promise<Answer>): Promise<Answer> =>
  pRetry(ask, {
    retries: 20,
    minTimeout: 250,
    factor: 1,
    maxRetryTime: serverAnswersWithinMs,
    shouldRetry: ({ error }) => isLostConnection(error),
  })

/** Whom HAProxy leads new readers to. */
const readersNow = (on: On): Promise<readonly Member[]> => untilAnswered(() => whoAnswersNow(on))

async function whoAnswersNow({ addresses, cluster }: On): Promise<readonly Member[]> {
  const several = cluster.members.length * readersPerMember
  const names = await Promise.all(
    Array.from({ length: several }, () =>
      withClient(addresses.reader, (client) => whoAnswers(client, addresses), serverAnswersWithinMs),
    ),
  )
  return [...new Set(names.map(({ name }) => name))].toSorted()
}

/** Ends when readers are where they were; what does not come to that is for the checks to say. */
async function leadBack(on: On, before: readonly Member[], world: World): Promise<void> {
  const deadline = Date.now() + backWithinMs
  while (Date.now() < deadline) {
    const now = await readersNow(on).catch(() => [])
    if (now.join() === before.join()) return
    await world.sleep(250)
  }
}

type Numbers = {
  /** The members that all its readers are on. Rejects where not all are connected within 8 s. */
  readonly readOn: (world: World) => Promise<readonly Member[]>
  readonly seen: () => { readonly oldestMs: number; readonly answered: number; readonly reconnected: number }
  readonly stop: () => Promise<void>
}

/**
 * Writes numbers one after the other, and asks on each of so many connections of readers for the highest: how old what
 * they see is, is the time since the first number was acknowledged that they do not see.
 */
async function startNumbers({ addresses }: On, readers: number): Promise<Numbers> {
  const server = { ...addresses.edge, database: 'app' }
  await untilAnswered(() =>
    withClient(server, async (client) => {
      await client.query('drop table if exists edge.numbers')
      await client.query('create table edge.numbers (id bigint primary key)')
    }),
  )
  /** When each was acknowledged, the first one at 0. */
  const acknowledged: number[] = []
  let [oldestMs, answered, reconnected] = [0, 0, 0]
  const on = new Map<number, Member>()
  const end = new AbortController()
  const untilEnd = async (
    address: PgAddress,
    use: (client: Client) => Promise<void>,
    reader?: number,
  ): Promise<void> => {
    while (!end.signal.aborted) {
      try {
        await withClient(address, async (client) => {
          if (reader !== undefined) on.set(reader, (await whoAnswers(client, addresses)).name)
          for (; !end.signal.aborted; await wait(looksEveryMs)) await use(client)
        })
      } catch {
        // As an app does: HAProxy has cut it, to lead it elsewhere.
        reconnected += 1
        await wait(looksEveryMs)
      }
    }
  }
  const write = async (client: Client): Promise<void> => {
    await client.query('insert into edge.numbers values ($1) on conflict do nothing', [acknowledged.length + 1])
    acknowledged.push(performance.now())
  }
  const read = async (client: Client): Promise<void> => {
    const begun = performance.now()
    const { rows } = await client.query<{ seen: string }>('select coalesce(max(id), 0) as seen from edge.numbers')
    const missed = acknowledged[Number(rows[0]?.seen)]
    answered += 1
    if (missed !== undefined) oldestMs = Math.max(oldestMs, Math.round(begun - missed))
  }
  const numbered = Array.from({ length: readers }, (_, reader) => untilEnd(addresses.reader, read, reader))
  const all = [untilEnd(server, write), ...numbered]
  return {
    readOn: async (world) => {
      const deadline = Date.now() + serverAnswersWithinMs
      while (on.size < readers) {
        if (Date.now() > deadline)
          throw new OperatorError(`drill ${drills.staleness}`, 'not every reader is let in', next)
        await world.sleep(looksEveryMs)
      }
      return [...new Set(on.values())].toSorted()
    },
    seen: () => ({ oldestMs, answered, reconnected }),
    stop: async () => {
      end.abort()
      await Promise.all(all)
      await withClient(server, (client) => client.query('drop table if exists edge.numbers')).catch(() => undefined)
    },
  }
}
