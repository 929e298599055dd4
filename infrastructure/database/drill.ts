import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { Interrupted, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { connect, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { type ConsoleRow, inForce, locks, withTurn } from './pool-console.ts'

/** What takes minutes to see, and is therefore measured by the clock and not by each verification. */
export type DrillKind = 'wait' | 'idle'

const settingOf = { wait: 'query_wait_timeout', idle: 'server_idle_timeout' } as const

/** By how many seconds a measured time may differ from the promised one: the pool looks only now and then. */
export const drillTolerance = { wait: 2, idle: 15 } as const

/** Whoever waits for minutes can be interrupted. */
type Waiting = Pick<World, 'signal' | 'sleep'>

export type Drilled = { readonly seconds: number; readonly at: string }

/** The last full measurement, if it was made while the pool was set to this; undefined before the first one. */
export async function drilled(
  addresses: Addresses,
  kind: DrillKind,
  settingSeconds: number,
): Promise<Drilled | undefined> {
  return withClient(addresses.edge, async (client) => {
    const { rows } = await client.query<{ measured_ms: string; at: Date }>(
      // Before the first `edge up` of this version the table has no such column.
      `select measured_ms, at from edge.pool_drill as drill
         where kind = $1 and (to_jsonb(drill) ->> 'setting_seconds')::float8 = $2`,
      [kind, settingSeconds],
    )
    const [row] = rows
    if (!row) return undefined
    const minute = row.at.toISOString().slice(0, 16).replace('T', ' ')
    return { seconds: Math.round(Number(row.measured_ms) / 100) / 10, at: `${minute} UTC` }
  })
}

/** Longer than it was waited for: that is the measurement, and it is written down before anybody is told. */
class TookLonger extends Error {}

/** Writes down what a drill measured, or how long it was waited for in vain; throws OperatorError then. */
async function recorded(
  addresses: Addresses,
  kind: DrillKind,
  givesUpAfterMs: number,
  measure: (console_: Client) => Promise<number>,
): Promise<number> {
  const setting = await inForce(addresses.console, settingOf[kind])
  const measuring = withTurn(addresses, locks.drillTurn, (holder) =>
    withClient(addresses.console, async (console_) => {
      const ms = await measure(console_)
      // A pool or a primary that was restarted meanwhile ended what was measured; it has ended these, too, which reject.
      await Promise.all([console_.query('show version'), holder.query('select 1')])
      return ms
    }),
  )
  try {
    return await record(addresses, kind, setting, await measuring)
  } catch (error) {
    if (!(error instanceof TookLonger)) throw error
    await record(addresses, kind, setting, givesUpAfterMs)
    throw new OperatorError(
      'drill pool',
      error.message,
      'edge deploy database puts the pool back; edge drill pool measures again',
    )
  }
}

/** Throws OperatorError where the pool was set to something else meanwhile: what was measured is of neither. */
async function record(addresses: Addresses, kind: DrillKind, setting: number, measuredMs: number): Promise<number> {
  const after = await inForce(addresses.console, settingOf[kind])
  if (after !== setting) {
    const changed = `${settingOf[kind]} was changed from ${setting} s to ${after} s while it was measured`
    throw new OperatorError('drill pool', changed, 'edge drill pool measures again')
  }
  await withClient(addresses.edge, (client) =>
    client.query(
      `insert into edge.pool_drill (kind, setting_seconds, measured_ms, at) values ($1, $2, $3, now())
       on conflict (kind) do update
       set setting_seconds = excluded.setting_seconds, measured_ms = excluded.measured_ms, at = excluded.at`,
      [kind, setting, Math.round(measuredMs)],
    ),
  )
  return measuredMs
}

/**
 * Pauses the probe database, asks it for a connection, and measures until the client is refused. Records and answers
 * milliseconds. Throws OperatorError where the client is not refused within `givesUpAfterMs`; that is recorded, too.
 */
export async function drillWait(addresses: Addresses, world: Waiting, givesUpAfterMs: number): Promise<number> {
  return recorded(addresses, 'wait', givesUpAfterMs, async (console_) => {
    await console_.query('resume edge_drill').catch(() => undefined)
    const client = await connect(addresses.drill, 'edge-drill')
    try {
      await console_.query('pause edge_drill')
      const begun = performance.now()
      const refused = client.query('select 1').then(
        () => Promise.reject(new Error('the client was served although its database was paused')),
        () => performance.now() - begun,
      )
      return await within(refused, givesUpAfterMs, world, 'the client still waited')
    } finally {
      await console_.query('resume edge_drill').catch(() => undefined)
      await client.end().catch(() => undefined)
    }
  })
}

/**
 * Uses a connection of the probe database once, leaves it idle, and measures until the pool closes it. Records and
 * answers milliseconds. Throws OperatorError where it is still open after `givesUpAfterMs`; that is recorded, too.
 */
export async function drillIdle(addresses: Addresses, world: Waiting, givesUpAfterMs: number): Promise<number> {
  return recorded(addresses, 'idle', givesUpAfterMs, async (console_) => {
    await withClient(addresses.drill, (client) => client.query('select 1'))
    const begun = performance.now()
    if (!(await isOpen(console_))) throw new Error('the pool closed the connection at once')
    while (await isOpen(console_)) {
      if (performance.now() - begun > givesUpAfterMs)
        throw new TookLonger(`the idle connection is still open after ${Math.round(givesUpAfterMs / 1000)} s`)
      await world.sleep(1000)
    }
    return performance.now() - begun
  })
}

const isOpen = async (console_: Client): Promise<boolean> =>
  (await console_.query<ConsoleRow>('show servers')).rows.some((row) => row['database'] === 'edge_drill')

function within<Value>(promise: Promise<Value>, ms: number, { signal }: Waiting, what: string): Promise<Value> {
  const stop = new AbortController()
  const late = wait(ms, undefined, { signal: AbortSignal.any([signal, stop.signal]) }).then(
    () => Promise.reject(new TookLonger(`${what} after ${Math.round(ms / 1000)} s`)),
    () => Promise.reject(new Interrupted()),
  )
  late.catch(() => undefined)
  return Promise.race([promise, late]).finally(() => stop.abort())
}
