import type { Client } from 'pg'
import {
  type Acknowledged,
  acknowledgedIn,
  coveredBy,
  type Heartbeat,
  type Loss,
  lossesIn,
} from '../../src/targets/local/acknowledged.ts'
import type { Facts } from '../../src/core/check.ts'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { minuteOf } from '../../src/core/units.ts'

/** What the database has now; null where it has no heartbeat with a number yet. */
type InDatabase = { readonly newest: Heartbeat | null; readonly timeline: number }

type Problem = { readonly because: string; readonly next: string }
export type Counted = {
  readonly facts: Facts
  /** Acknowledged writes are gone, or nobody can tell. */
  readonly lost?: Problem
  /** Nothing is lost that is known of, and what is acknowledged now is not counted. */
  readonly stopped?: Problem
}

/** What a server has of the heartbeats. */
export async function heartbeatIn(server: Client): Promise<InDatabase> {
  const { rows } = await server.query<{ number: string | null; at: Date | null; timeline: string }>(
    // Before the first `edge up` of this version the table has no number.
    `select to_jsonb(h) ->> 'number' as number, h.at, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) as timeline
       from (select) as always left join edge.heartbeat h on true`,
  )
  const [row] = rows
  const number = Number(row?.number ?? 0)
  const newest = row?.at && number > 0 ? { number, at: row.at.toISOString() } : null
  return { newest, timeline: Number.parseInt(row?.timeline ?? '', 16) }
}

type Seen = InDatabase & { readonly acknowledged: Acknowledged | undefined; readonly losses: readonly Loss[] }

/**
 * What was acknowledged, what the database has, and every loss, the oldest first: those that are noted, and one that the
 * agent has not met yet. The order closes every gap: the database has all that was noted before it is asked, and a loss
 * is noted before the database counts on above it. Throws OperatorError where a note cannot be read.
 */
export async function lookAtHeartbeats(folder: string, server: Client, now: Date): Promise<Seen> {
  const acknowledged = await acknowledgedIn(folder)
  const found = await heartbeatIn(server)
  const noted = await lossesIn(folder)
  const { newest: left, timeline } = found
  const isLess = acknowledged && (left === null || left.number < acknowledged.number)
  const loss = isLess ? { acknowledged, left, found: now.toISOString(), timeline } : undefined
  const losses = loss === undefined || noted.some((one) => coveredBy(loss, one)) ? noted : [...noted, loss]
  return { ...found, acknowledged, losses }
}

const beginsWithinMs = 8000
const looksEveryMs = 250
/** An agent beats each 5 s; on a busy machine, or while the database fails over, it waits for its turn. */
const beatsWithinMs = 60_000

/**
 * Compares what was acknowledged, by what the agent noted outside the database, with what the database has. It waits a
 * moment for an agent that was just started.
 */
export async function heartbeatProof(folder: string, server: Client, world: World): Promise<Counted> {
  const deadline = performance.now() + beginsWithinMs
  for (;;) {
    const counted = await look(folder, server, world.now())
    if (!counted.stopped || performance.now() > deadline) return counted
    await world.sleep(looksEveryMs)
  }
}

async function look(folder: string, server: Client, now: Date): Promise<Counted> {
  try {
    const seen = await lookAtHeartbeats(folder, server, now)
    const unseen = seen.losses.filter(({ seen: at }) => at === undefined)
    const loss = unseen.at(-1)
    const facts = factsOf(seen, unseen.length)
    if (loss) return { facts, lost: { because: inWords(loss, seen.timeline, unseen.length), next: nextForLoss } }
    const because = whyStopped(seen, now)
    return because === undefined ? { facts } : { facts, stopped: { because, next: nextForAgent } }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { facts: {}, lost: { because: error.message, next: error.hints.join('; ') } }
  }
}

const nextForAgent = 'edge logs agent says why; edge deploy monitoring starts the agent; is the disk full?'
const nextForLoss =
  'edge losses lists them; get back what was written then (who wrote it? a backup?); edge losses seen, when you know'

function factsOf({ acknowledged, newest, timeline }: Seen, unseen: number): Facts {
  if (!acknowledged) return { heartbeats: 'not counted yet' }
  return {
    'heartbeats acknowledged': acknowledged.number,
    'in the database': newest?.number ?? 0,
    'counted since': minuteOf(acknowledged.since),
    timeline,
    ...(unseen > 0 ? { losses: unseen } : {}),
  }
}

/** Why nothing could be said of writes that were acknowledged a moment ago; undefined where the count goes on. */
function whyStopped({ acknowledged: noted, newest }: Seen, now: Date): string | undefined {
  if (!noted) return newest ? 'heartbeats were counted, and which was acknowledged last is noted nowhere' : undefined
  const silentMs = Math.abs(now.getTime() - Date.parse(noted.at))
  if (silentMs <= beatsWithinMs) return undefined
  return newest && newest.number > noted.number
    ? `acknowledged heartbeats are not written down since ${secondOf(noted.at)} UTC`
    : `no heartbeat is acknowledged since ${secondOf(noted.at)} UTC, so a loss would not be seen`
}

/** What is there of what was acknowledged. */
type Gap = {
  readonly acknowledged: Pick<Acknowledged, 'number' | 'at' | 'timeline'>
  readonly left: Heartbeat | null
}

/** `55 s of acknowledged writes are gone, from … to …` */
export function inWords({ acknowledged, left }: Gap, timelineNow: number, losses = 1): string {
  const more = losses > 1 ? `; ${losses - 1} more before` : ''
  const lines = `they were on timeline ${acknowledged.timeline}, the database is on timeline ${timelineNow}`
  if (left === null)
    return `every heartbeat of the database is gone; the last one was acknowledged at ${secondOf(acknowledged.at)} UTC (${lines})${more}`
  const beats = `${acknowledged.number - left.number} heartbeats`
  const ms = Date.parse(acknowledged.at) - Date.parse(left.at)
  // Of one whose clock was set meanwhile only the count is true.
  const what = ms > 0 ? `${Math.ceil(ms / 1000)} s of acknowledged writes are` : `acknowledged writes (${beats}) are`
  return `${what} gone, from ${secondOf(left.at)} to ${secondOf(acknowledged.at)} UTC (${beats}; ${lines})${more}`
}

/** `2026-11-28 21:00:05` */
const secondOf = (iso: string): string => iso.slice(0, 19).replace('T', ' ')
