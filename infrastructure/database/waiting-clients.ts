import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { connect, type PgAddress, withClient } from '../../src/engines/postgres.ts'
import type { Addresses } from './addresses.ts'
import { locks, showConsole } from './pool-console.ts'

export type ClientsSeen = {
  readonly clients: number
  /** Connections to PostgreSQL that were at work at once, at most. */
  readonly most: number
  /** Clients that waited for one when it was full. */
  readonly waiting: number
  readonly served: number
}

/** So many more clients than there may be connections: enough to see some of them wait. */
const surplus = 30
/**
 * A hundred sign-ins take 1 s on a quiet machine; on one with ten times its work, 98 were there after 12 s. Less than the
 * 30 s after which the pool refuses those that wait.
 */
const fillsWithinMs = 25_000

/**
 * Lets more clients ask at once than there may be connections, holds all of them on one lock until the pool is full and
 * the others wait, and lets them go. Uses the probe database only, and closes its connections afterwards.
 */
export async function sendClients(addresses: Addresses, full: number): Promise<ClientsSeen> {
  const clients: Client[] = []
  const opened = async (): Promise<void> => void clients.push(await connect(addresses.probe, 'edge-check'))
  const holder = await connect({ ...addresses.superuser, database: 'app' }, 'edge-check')
  try {
    // A run that was killed between KILL and RESUME left the probe database closed: whoever connects would hang.
    await withClient(addresses.console, (console_) => console_.query('resume edge_probe').catch(() => undefined))
    await holder.query('select pg_advisory_lock($1)', [locks.clients])
    await Promise.all(Array.from({ length: full + surplus }, opened))
    const answers = clients.map((client) => client.query(`select pg_advisory_xact_lock_shared(${locks.clients})`))
    const settled = Promise.allSettled(answers)
    const { most, waiting } = await watchPool(addresses.console, clients.length, full)
    await holder.query('select pg_advisory_unlock($1)', [locks.clients])
    const served = (await settled).filter(({ status }) => status === 'fulfilled').length
    return { clients: clients.length, most, waiting, served }
  } finally {
    await Promise.allSettled([holder, ...clients].map((client) => client.end()))
    await releaseProbe(addresses.console)
  }
}

/** So long nothing moves before a pool that is not full counts as one that opens no more. */
const standsStillMs = 3000
const looksEveryMs = 100

/**
 * Looks until the pool is full and everybody else waits, and twice, as it must not open more; or until nothing moves any
 * more: on a busy machine a sign-in takes a while, and fewer than wanted for a moment is no answer.
 */
async function watchPool(
  console_: PgAddress,
  clients: number,
  full: number,
): Promise<{ most: number; waiting: number }> {
  const deadline = Date.now() + fillsWithinMs
  let [most, waiting, sameFor] = [0, 0, 0]
  for (let done = false; !done && Date.now() < deadline;) {
    await wait(looksEveryMs)
    const pools = await showConsole(console_, 'pools')
    const pool = pools.find((row) => row['database'] === 'edge_probe')
    const active = Number(pool?.['sv_active'] ?? 0)
    waiting = Number(pool?.['cl_waiting'] ?? 0)
    sameFor = active + waiting === clients && active === most ? sameFor + 1 : 0
    most = Math.max(most, active)
    done = sameFor >= (most >= full ? 2 : standsStillMs / looksEveryMs)
  }
  return { most, waiting }
}

/** Closes the probe's connections, so that PostgreSQL gets them back at once. */
async function releaseProbe(console_: PgAddress): Promise<void> {
  await withClient(console_, async (client) => {
    await client.query('kill edge_probe').catch(() => undefined)
    await client.query('resume edge_probe').catch(() => undefined)
  })
}
