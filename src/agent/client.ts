import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import type { PgAddress } from './settings.ts'

const reconnectAfterMs = 1000

export async function connect(address: PgAddress): Promise<Client> {
  const { host, port, database, user, password } = address
  const client = new Client({
    host,
    port,
    database,
    user,
    password,
    ssl: { ca: await readFile(address.ca, 'utf8'), servername: 'localhost' },
    connectionTimeoutMillis: 40_000,
    application_name: 'edge-agent',
  })
  await client.connect()
  return client
}

/**
 * Keeps one connection open for as long as the signal allows, and a new one after each end. `connected` is called once
 * for each; `work` may use it until it ends.
 */
export async function stayConnected(
  address: PgAddress,
  signal: AbortSignal,
  work: (client: Client, lost: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const lost = new AbortController()
    try {
      const client = await connect(address)
      const end = (): void => lost.abort()
      signal.addEventListener('abort', end, { once: true })
      // Without a listener a lost connection would end the whole agent.
      client.on('error', end)
      client.on('end', end)
      try {
        await work(client, lost.signal)
      } finally {
        signal.removeEventListener('abort', end)
        await client.end().catch(() => undefined)
      }
    } catch (error) {
      if (!signal.aborted)
        console.error(`${address.database}: ${error instanceof Error ? error.message : String(error)}`)
    }
    await wait(reconnectAfterMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Resolves when the signal comes. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
