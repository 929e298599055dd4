import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { broken, kept, measured, type Verdict } from '../../src/core/check.ts'
import { magnitude, seconds } from '../../src/core/units.ts'
import { connect, type PgAddress, withClient } from '../../src/engines/postgres.ts'
import { database } from './guarantees.ts'
import type { DatabaseEndpoint } from './local.ts'

const next = 'edge deploy database puts the configured pool back (pgbouncer.ini)'
/** More clients than the pool has connections, so that some have to wait. */
const crowd = 130
const fillsWithinMs = 8000
const opensWithinMs = 4000

/** PgBouncer's console answers rows of text; columns differ between its versions, so they are read by name. */
type Row = Readonly<Record<string, string | number | null>>

async function showConsole<Result>(
  address: PgAddress,
  what: string,
  use: (rows: readonly Row[]) => Result,
): Promise<Result> {
  return withClient(address, async (client) => use((await client.query<Row>(`show ${what}`)).rows))
}

const inForce = (address: PgAddress, name: string): Promise<number> =>
  showConsole(address, 'config', (rows) => Number(rows.find(({ key }) => key === name)?.['value']))

/** Connections to PostgreSQL that the pool holds for one of its databases. */
const serverConnections = (address: PgAddress, database_: string): Promise<number> =>
  showConsole(address, 'servers', (rows) => rows.filter((row) => row['database'] === database_).length)

/** How many connections the app's pool keeps open, counted on the pool's own console, now. */
export async function poolMinimum({ addresses }: DatabaseEndpoint): Promise<Verdict> {
  const promised = magnitude(database.poolMinimum.atLeast)
  const deadline = Date.now() + opensWithinMs
  let open = await serverConnections(addresses.console, 'app')
  // The pool looks once in 333 ms; right after a start it may not have come to it yet.
  while (open < promised && Date.now() < deadline) {
    await wait(200)
    open = await serverConnections(addresses.console, 'app')
  }
  const seen = measured({ 'open connections': open })
  if (open >= promised) return kept(seen)
  const why =
    (await inForce(addresses.console, 'min_pool_size')) < promised
      ? 'its minimum is set lower'
      : 'the agent, which keeps the pool open, may be down'
  return broken(seen, `the pool holds ${open} connections for app; ${why}`, `${next}; edge status shows the agent`)
}

/**
 * Sends a crowd to the probe database, which has the limits of the app's own: so many connections open and no more, and
 * everybody else waits and is served. The app's own pool is not touched.
 */
export async function poolMaximum({ addresses }: DatabaseEndpoint): Promise<Verdict> {
  const promised = magnitude(database.poolMaximum.exactly)
  const limits = await showConsole(
    addresses.console,
    'databases',
    (rows) =>
      new Set(
        rows
          .filter(({ name }) => name === 'app' || name === 'edge_probe')
          .map((row) => `${row['pool_size']} ${row['max_connections']}`),
      ),
  )
  const { most, waiting, served } = await sendCrowd(addresses, promised)
  const seen = measured({ clients: crowd, 'connections at most': most, 'waited at most': waiting, served })
  if (limits.size !== 1) return broken(seen, 'app has other limits than the pool', next)
  if (most !== promised) return broken(seen, `the pool opened ${most} connections, not ${promised}`, next)
  if (served !== crowd) return broken(seen, `${crowd - served} clients were refused`, next)
  return kept(seen)
}

/** A number of our own, so that no lock of the app's is met. */
const crowdLock = 7_340_033

/**
 * Lets more clients ask at once than there may be connections, and holds all of them on one lock until the pool is full
 * and the others wait, or until nothing more happens.
 */
async function sendCrowd(addresses: DatabaseEndpoint['addresses'], promised: number) {
  const clients: Client[] = []
  const holder = await connect({ ...addresses.superuser, database: 'app' }, 'edge-check')
  try {
    await holder.query(`select pg_advisory_lock(${crowdLock})`)
    clients.push(...(await Promise.all(Array.from({ length: crowd }, () => connect(addresses.probe, 'edge-check')))))
    const answers = clients.map((client) => client.query(`select pg_advisory_xact_lock_shared(${crowdLock})`))
    const settled = Promise.allSettled(answers)
    const deadline = Date.now() + fillsWithinMs
    let [most, waiting] = [0, 0]
    while ((most < promised || most + waiting < crowd) && Date.now() < deadline) {
      await wait(50)
      const pool = await showConsole(addresses.console, 'pools', (rows) =>
        rows.find((row) => row['database'] === 'edge_probe'),
      )
      most = Math.max(most, Number(pool?.['sv_active'] ?? 0))
      waiting = Number(pool?.['cl_waiting'] ?? 0)
    }
    await holder.query(`select pg_advisory_unlock(${crowdLock})`)
    const served = (await settled).filter(({ status }) => status === 'fulfilled').length
    return { most, waiting, served }
  } finally {
    await Promise.allSettled([holder, ...clients].map((client) => client.end()))
    await releaseProbe(addresses.console)
  }
}

/** Closes the probe's connections, so that PostgreSQL gets them back at once. */
async function releaseProbe(console_: PgAddress): Promise<void> {
  await withClient(console_, async (client) => {
    await client.query('kill edge_probe').catch(() => undefined)
    await client.query('resume edge_probe').catch(() => undefined)
  })
}

/** The time that the running pool uses, and that no connection beyond the minimum was idle for longer. */
export async function poolIdle({ addresses, settings }: DatabaseEndpoint): Promise<Verdict> {
  const promised = seconds(database.poolIdle.exactly)
  const value = await inForce(addresses.console, 'server_idle_timeout')
  const idle = await showConsole(addresses.console, 'servers', (rows) =>
    rows
      .filter((row) => row['state'] === 'idle')
      .map((row) => Date.now() - Date.parse(`${String(row['request_time']).replace(' UTC', 'Z').replace(' ', 'T')}`)),
  )
  // Connections within the minimum stay open by design.
  const surplus = idle.toSorted((a, b) => a - b).slice(0, Math.max(0, idle.length - 2 * settings.pool.minimum))
  const longest = Math.max(0, ...surplus) / 1000
  const seen = measured({
    'closes after': `${value} s`,
    'idle now': idle.length,
    'longest beyond the minimum': `${Math.round(longest)} s`,
  })
  if (value !== promised) return broken(seen, `the running pool closes idle connections after ${value} s`, next)
  if (longest > promised + 30) return broken(seen, `a connection has been idle for ${Math.round(longest)} s`, next)
  return kept(seen)
}

/** The time that the running pool uses, and that a client really waits: one more than there are connections is served. */
export async function poolWait({ addresses }: DatabaseEndpoint): Promise<Verdict> {
  const promised = seconds(database.poolWait.exactly)
  const value = await inForce(addresses.console, 'query_wait_timeout')
  const pauseMs = 500
  const waited = await withClient(addresses.console, async (console_) => {
    const client = await connect(addresses.waitProbe, 'edge-check')
    try {
      // While the probe is paused no connection is given out; whoever asks, waits.
      // A check that was killed may have left it paused.
      await console_.query('resume edge_wait').catch(() => undefined)
      await console_.query('pause edge_wait')
      const begun = performance.now()
      const answer = client.query('select 1').then(() => performance.now() - begun)
      await wait(pauseMs)
      await console_.query('resume edge_wait')
      return await answer
    } finally {
      await console_.query('resume edge_wait').catch(() => undefined)
      await client.end().catch(() => undefined)
    }
  })
  const seen = measured({
    'refuses after': `${value} s`,
    'a client waited': `${Math.round(waited)} ms`,
    'and was': 'served',
  })
  if (value !== promised) return broken(seen, `the running pool refuses clients after ${value} s`, next)
  if (waited < pauseMs) return broken(seen, 'a client did not wait for a connection', next)
  return kept(seen)
}
