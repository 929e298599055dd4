import type { Client } from 'pg'
import { broken, kept, measured, notClaimed } from '../../../src/core/check.ts'
import { minuteOf } from '../../../src/core/units.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import { heartbeatIn, inWords } from '../lost-writes.ts'
import { newCount, note, notedIn } from './acknowledged.ts'
import { bySql, throughPool } from './doors.ts'

const standby = declaredBy('standby')

/**
 * Compares the newest heartbeat that was acknowledged, which is noted outside the database, with what the database has;
 * then writes the next one through the pool, and notes it. Each run proves what was written up to the run before it.
 * Where the database has less nothing is written, so that a loss is not counted over: it stays broken until somebody
 * says that they know of it.
 */
export const noLostWrites = bySql(async (endpoint, world) => {
  const onTwo = await standby(endpoint, world)
  if (onTwo.is === 'broken') return onTwo
  const [table, { client: how }] = [endpoint.doors.heartbeats, endpoint.deployed]
  // First: whatever is noted by now, the database has had before it is asked.
  const noted = await notedIn(table, how)
  return throughPool(endpoint, world, async (client) => {
    const [{ newest, timeline }, durability] = [await heartbeatIn(client), await durabilityOf(client)]
    const seen = {
      'heartbeats acknowledged': noted?.number ?? 'not counted yet',
      'in the database': newest?.number ?? 0,
      ...(noted ? { 'acknowledged last': noted.at, 'counted since': minuteOf(noted.since) } : {}),
      timeline,
      ...durability,
    }
    if (noted && (newest?.number ?? 0) < noted.number) {
      const because = inWords({ acknowledged: noted, left: newest }, timeline)
      return broken(measured(seen), because, `get back what was written then (a backup?); ${newCount(table)}`)
    }
    const [off] = Object.entries(durability).find(([, setting]) => setting === 'off') ?? []
    if (off !== undefined)
      return broken(measured(seen), `${off} is off: what is acknowledged is on no disk`, `who switched ${off} off?`)
    const written = await beat(client)
    await note(table, { ...written, timeline, since: noted?.since ?? written.at }, how)
    if (!noted) return notClaimed('the count of acknowledged writes begins with this run: the next one compares')
    return kept(measured({ ...seen, 'written now': written.number }))
  })
})

async function durabilityOf(client: Client): Promise<Readonly<Record<string, string>>> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    "select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')",
  )
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
}

/** The next heartbeat; its commit is acknowledged when this answers. */
async function beat(client: Client): Promise<{ readonly number: number; readonly at: string }> {
  const { rows } = await client.query<{ number: string; at: Date }>(
    'update edge.heartbeat set number = number + 1, at = clock_timestamp() returning number, at',
  )
  const [row] = rows
  if (!row) throw new Error('the heartbeat was not written: edge.heartbeat has no row')
  return { number: Number(row.number), at: row.at.toISOString() }
}
