import { setTimeout as wait } from 'node:timers/promises'
import { connect, type PgAddress, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { locks, showConsole, withTurn } from './pool-console.ts'

/** What takes minutes to see, and is therefore measured by the clock and not by each verification. */
export type DrillKind = 'wait' | 'idle'

/** By how many seconds a measured time may differ from the promised one: the pool looks only now and then. */
export const drillTolerance = { wait: 2, idle: 15 } as const

export type Drilled = { readonly seconds: number; readonly at: string }

/** The last full measurement; undefined before the first one. */
export async function drilled(addresses: Addresses, kind: DrillKind): Promise<Drilled | undefined> {
  return withClient(addresses.edge, async (client) => {
    const { rows } = await client.query<{ measured_ms: string; at: Date }>(
      'select measured_ms, at from edge.pool_drill where kind = $1',
      [kind],
    )
    const [row] = rows
    if (!row) return undefined
    const minute = row.at.toISOString().slice(0, 16).replace('T', ' ')
    return { seconds: Math.round(Number(row.measured_ms) / 100) / 10, at: `${minute} UTC` }
  })
}

async function record(addresses: Addresses, kind: DrillKind, measuredMs: number): Promise<number> {
  await withClient(addresses.edge, (client) =>
    client.query(
      `insert into edge.pool_drill (kind, measured_ms, at) values ($1, $2, now())
       on conflict (kind) do update set measured_ms = excluded.measured_ms, at = excluded.at`,
      [kind, Math.round(measuredMs)],
    ),
  )
  return measuredMs
}

/**
 * Pauses the probe database, asks it for a connection, and measures until the client is refused. Records and answers
 * milliseconds. Rejects where the client is not refused within `givesUpAfterMs`.
 */
export async function drillWait(addresses: Addresses, givesUpAfterMs: number): Promise<number> {
  const waited = await withTurn(addresses, locks.drillTurn, () =>
    withClient(addresses.console, async (console_) => {
      await console_.query('resume edge_drill').catch(() => undefined)
      const client = await connect(addresses.drill, 'edge-drill')
      try {
        await console_.query('pause edge_drill')
        const begun = performance.now()
        const refused = client.query('select 1').then(
          () => Promise.reject(new Error('the client was served although its database was paused')),
          () => performance.now() - begun,
        )
        return await within(refused, givesUpAfterMs, 'the client still waited')
      } finally {
        await console_.query('resume edge_drill').catch(() => undefined)
        await client.end().catch(() => undefined)
      }
    }),
  )
  return record(addresses, 'wait', waited)
}

/**
 * Uses a connection of the probe database once, leaves it idle, and measures until the pool closes it. Records and
 * answers milliseconds. Rejects where it is still open after `givesUpAfterMs`.
 */
export async function drillIdle(addresses: Addresses, givesUpAfterMs: number): Promise<number> {
  const idleFor = await withTurn(addresses, locks.drillTurn, async () => {
    await withClient(addresses.drill, (client) => client.query('select 1'))
    const begun = performance.now()
    if (!(await isOpen(addresses.console))) throw new Error('the pool closed the connection at once')
    while (await isOpen(addresses.console)) {
      if (performance.now() - begun > givesUpAfterMs) throw new Error('the idle connection is still open')
      await wait(1000)
    }
    return performance.now() - begun
  })
  return record(addresses, 'idle', idleFor)
}

const isOpen = async (console_: PgAddress): Promise<boolean> =>
  (await showConsole(console_, 'servers')).some((row) => row['database'] === 'edge_drill')

function within<Value>(promise: Promise<Value>, ms: number, what: string): Promise<Value> {
  const stop = new AbortController()
  const late = wait(ms, undefined, { signal: stop.signal }).then(() =>
    Promise.reject(new Error(`${what} after ${ms / 1000} s`)),
  )
  late.catch(() => undefined)
  return Promise.race([promise, late]).finally(() => stop.abort())
}
