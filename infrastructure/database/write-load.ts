import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { messageOf } from '../../src/core/errors.ts'
import { connect, type PgAddress, withClient } from '../../src/engines/postgres.ts'

export type WriteLoad = {
  /** Ends it, and answers what was acknowledged. */
  readonly stop: () => Promise<{
    readonly acknowledged: number
    /** Acknowledged rows that are not there any more. */
    readonly lost: number
    /** The longest time in which no client got an acknowledgement. */
    readonly longestGapMs: number
    readonly errors: readonly string[]
  }>
  /** The longest such time until now. */
  readonly longestGapMs: () => number
  /** Resolves when so many more writes are acknowledged; rejects when they are not within the time. */
  readonly acknowledges: (more: number, withinMs: number, sleep?: (ms: number) => Promise<void>) => Promise<void>
}

const usualPatienceMs = 8000

/**
 * Clients that write one row after the other, and begin anew after an error, as an app with a retry does. An answer that
 * does not come within `answersWithinMs` is an error, as it is for an app: a server that is frozen never hangs up.
 */
export async function startWriting(
  address: PgAddress,
  clients: number,
  answersWithinMs = usualPatienceMs,
  /** Of its own, where others may write at the same time. */
  table = 'edge.write_load',
): Promise<WriteLoad> {
  await withClient(address, async (client) => {
    // What one that was killed has left.
    await client.query(`drop table if exists ${table}`)
    await client.query(`create table ${table} (id bigint primary key)`)
  })
  const acknowledged: number[] = []
  const end = new AbortController()
  const errors: string[] = []
  let [next, longestGapMs, last] = [0, 0, performance.now()]
  const acknowledge = (id: number): void => {
    acknowledged.push(id)
    longestGapMs = Math.max(longestGapMs, performance.now() - last)
    last = performance.now()
  }
  const writeUntilError = async (client: Client): Promise<void> => {
    while (!end.signal.aborted) {
      next += 1
      const id = next
      await answered(client.query(`insert into ${table} values ($1)`, [id]), answersWithinMs)
      acknowledge(id)
      await wait(10)
    }
  }
  const writer = async (): Promise<void> => {
    while (!end.signal.aborted) {
      let client: Client | undefined
      try {
        client = await connect(address, 'edge-write-load')
        await writeUntilError(client)
      } catch (error) {
        errors.push(messageOf(error))
        await wait(50)
      } finally {
        // Not waited for: it may never come.
        void client?.end().catch(() => undefined)
      }
    }
  }
  const writers = Array.from({ length: clients }, writer)
  return {
    longestGapMs: () => Math.max(longestGapMs, performance.now() - last),
    acknowledges: async (more, withinMs, sleep = (ms) => wait(ms)) => {
      const enough = acknowledged.length + more
      const deadline = Date.now() + withinMs
      while (acknowledged.length < enough) {
        if (Date.now() > deadline) throw new Error(`no ${more} more writes are acknowledged within ${withinMs} ms`)
        await sleep(20)
      }
    },
    stop: async () => {
      end.abort()
      await Promise.all(writers)
      const lost = await withClient(address, async (client) => {
        const { rows } = await client.query<{ id: string }>(`select id from ${table}`)
        const there = new Set(rows.map(({ id }) => Number(id)))
        await client.query(`drop table ${table}`)
        return acknowledged.filter((id) => !there.has(id)).length
      })
      return { acknowledged: acknowledged.length, lost, longestGapMs, errors }
    },
  }
}

async function answered<Answer>(query: Promise<Answer>, answersWithinMs: number): Promise<Answer> {
  const late = new AbortController()
  const noAnswer = wait(answersWithinMs, undefined, { signal: late.signal }).then(() => {
    throw new Error(`no answer within ${answersWithinMs} ms`)
  })
  return Promise.race([query, noAnswer]).finally(() => {
    late.abort()
    // The one that came too late is nobody's affair any more.
    query.catch(() => undefined)
    noAnswer.catch(() => undefined)
  })
}
