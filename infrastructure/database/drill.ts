import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { type Drill, DrillFailed } from '../../src/core/drill.ts'
import { Interrupted } from '../../src/core/errors.ts'
import { roundedSeconds } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { connect, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { database } from './guarantees.ts'
import type { DatabaseEndpoint } from './local.ts'
import { type ConsoleRow, inForce, locks, withTurn } from './pool-console.ts'

/** What takes minutes to see, and is therefore measured by the clock and not by each verification. */
export type DrillKind = 'wait' | 'idle'

const settingOf = { wait: 'query_wait_timeout', idle: 'server_idle_timeout' } as const

/** By how many seconds a measured time may differ from the promised one: the pool looks only now and then. */
export const drillTolerance = { wait: 2, idle: 15 } as const

/** At a quiet hour: what loads the machine changes what is measured. */
const atNight = { cron: '41 3 * * *', zone: 'UTC' }

export const drillName = (kind: DrillKind) => `pool-${kind}` as const

/** What a record of a drill is of: the time that the running pool was set to meanwhile. */
export const drilledAt = (kind: DrillKind, seconds: number) => ({ [settingOf[kind]]: `${seconds} s` })

/** Whoever waits for minutes can be interrupted. */
type Waiting = Pick<World, 'signal' | 'sleep'>
type Measure = (addresses: Addresses, world: Waiting, givesUpAfterMs: number) => Promise<number>

const drill = (
  kind: DrillKind,
  words: { readonly says: string; readonly proves: string; readonly ends: string },
  measure: Measure,
  patienceMs: number,
): Drill<Pick<DatabaseEndpoint, 'addresses' | 'settings'>> => ({
  name: drillName(kind),
  says: words.says,
  proves: [words.proves],
  every: atNight,
  of: async ({ addresses }) => drilledAt(kind, await inForce(addresses.console, settingOf[kind])),
  run: async ({ addresses, settings }, world) => {
    const givesUpAfterMs = settings.pool[kind].milliseconds + patienceMs
    const measured = await measure(addresses, world, givesUpAfterMs).catch((error: unknown) => {
      if (!(error instanceof TookLonger)) throw error
      const next = 'edge deploy database puts the pool back; edge drill pool measures again'
      throw new DrillFailed(drillName(kind), error.message, { seconds: roundedSeconds(givesUpAfterMs) }, next)
    })
    return { seconds: roundedSeconds(measured) }
  },
  show: ({ seconds }) => `${words.ends} after ${Number(seconds).toFixed(1)} s`,
})

/** Longer than it was waited for: that is a measurement, too. */
class TookLonger extends Error {}

/** Measures while nobody else does, in ms; rejects where the pool or the primary was restarted meanwhile. */
const inTurn = (addresses: Addresses, measure: (console_: Client) => Promise<number>): Promise<number> =>
  withTurn(addresses, locks.drillTurn, (holder) =>
    withClient(addresses.console, async (console_) => {
      const ms = await measure(console_)
      // A restart ended what was measured; it has ended these, too, which reject.
      await Promise.all([console_.query('show version'), holder.query('select 1')])
      return ms
    }),
  )

/**
 * Pauses the probe database, asks it for a connection, and measures until the client is refused, in ms. Throws TookLonger
 * where the client is not refused within `givesUpAfterMs`.
 */
const drillWait: Measure = (addresses, world, givesUpAfterMs) =>
  inTurn(addresses, async (console_) => {
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

/**
 * Uses a connection of the probe database once, leaves it idle, and measures until the pool closes it, in ms. Throws
 * TookLonger where it is still open after `givesUpAfterMs`.
 */
const drillIdle: Measure = (addresses, world, givesUpAfterMs) =>
  inTurn(addresses, async (console_) => {
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

/** What the room measures by the clock. `patienceMs`: so much longer than it is configured each time is waited for. */
export const poolDrills = (patienceMs = 60_000) => ({
  wait: drill(
    'wait',
    {
      says: 'how long a client waits for a connection before it is refused',
      proves: database.poolWait.id,
      ends: 'refused',
    },
    drillWait,
    patienceMs,
  ),
  idle: drill(
    'idle',
    { says: 'how long the pool keeps an idle connection open', proves: database.poolIdle.id, ends: 'closed' },
    drillIdle,
    patienceMs,
  ),
})
