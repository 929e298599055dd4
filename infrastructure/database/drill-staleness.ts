import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { Client } from 'pg'
import { type Drill, DrillFailed } from '../../src/core/drill.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { lockInstance } from '../../src/targets/local/lock.ts'
import type { World } from '../../src/core/world.ts'
import { isLostConnection, type PgAddress, serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'
import { startupOf } from './causes.ts'
import { whoAnswers } from './check-readers.ts'
import { drills, readersAsDeployed } from './drilled.ts'
import { database } from './guarantees.ts'
import { held } from './held.ts'
import { letGo, type ReplayOrder } from './hold-replay.ts'
import type { DatabaseEndpoint } from './local.ts'
import type { Member } from './members.ts'
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
      return await staleness(on, world)
    } finally {
      await release()
    }
  },
  show: showsStaleness,
}

async function staleness(on: On, world: World) {
  const bound = on.settings.reader.maximumLag.milliseconds
  const { before, pids } = await whereReadersReplay(on, world)
  const load = await startNumbers(on, before.length * readersPerMember)
  const order: ReplayOrder = { pids, forMs: bound + 2 * watchedOnForMs }
  const holder = await held('hold-replay.ts', order, 'stopped')
  try {
    if (typeof holder !== 'object') throw new Error(`what was to stop the replay was ${holder}`)
    await world.sleep(bound + watchedOnForMs)
    const then = await readersNow(on)
    const facts = { stopped: before.join(', '), ...load.seen(), 'then read on': then.join(', '), boundMs: bound }
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
 * The members that readers are led to, with who replays the log there. Right after a takeover readers are still led from
 * one to the other, and where the primary has to do for a moment, nobody replays: it waits for that to end.
 */
async function whereReadersReplay(on: On, world: World) {
  const deadline = Date.now() + backWithinMs
  for (;;) {
    const before = await readersNow(on)
    const found = await Promise.all(before.map((member) => startupOf(join(on.state, 'data', member))))
    const pids = found.filter((pid) => pid !== undefined)
    if (pids.length === before.length) return { before, pids }
    if (Date.now() > deadline) {
      const what = `readers are led to ${before.join(', ')}, where not everybody replays the log`
      throw new OperatorError(`drill ${drills.staleness}`, what, 'edge verify database.readReplica; edge logs haproxy')
    }
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
  const end = new AbortController()
  const untilEnd = async (address: PgAddress, use: (client: Client) => Promise<void>): Promise<void> => {
    while (!end.signal.aborted) {
      try {
        await withClient(address, async (client) => {
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
  const all = [untilEnd(server, write), ...Array.from({ length: readers }, () => untilEnd(addresses.reader, read))]
  return {
    seen: () => ({ oldestMs, answered, reconnected }),
    stop: async () => {
      end.abort()
      await Promise.all(all)
      await withClient(server, (client) => client.query('drop table if exists edge.numbers')).catch(() => undefined)
    },
  }
}
