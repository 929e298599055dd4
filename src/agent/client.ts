import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { messageOf } from '../core/errors.ts'
import { connect, type PgAddress } from '../engines/postgres.ts'

const reconnectAfterMs = 1000

/**
 * Keeps one connection open for as long as the signal allows, and opens a new one after each end. `work` may use it
 * until `lost` comes.
 */
export async function stayConnected(
  address: PgAddress,
  signal: AbortSignal,
  work: (client: Client, lost: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await oneConnection(address, signal, work).catch((error: unknown) => {
      if (!signal.aborted) console.error(`${address.database}: ${messageOf(error)}`)
    })
    await wait(reconnectAfterMs, undefined, { signal }).catch(() => undefined)
  }
}

async function oneConnection(
  address: PgAddress,
  signal: AbortSignal,
  work: (client: Client, lost: AbortSignal) => Promise<void>,
): Promise<void> {
  const client = await connect(address, 'edge-agent')
  const lost = new AbortController()
  const end = (): void => lost.abort()
  signal.addEventListener('abort', end, { once: true })
  client.on('error', end)
  client.on('end', end)
  try {
    await work(client, lost.signal)
  } finally {
    signal.removeEventListener('abort', end)
    await client.end().catch(() => undefined)
  }
}

/** Resolves when the signal comes. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
