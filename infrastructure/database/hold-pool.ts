/**
 * A program of its own (see pause.ts): pauses databases of the pool, says `paused`, and lets them go on when its standard
 * input ends: when it is told to, or when who started it was killed.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { tellStarter } from '../../src/core/process.ts'
import { succeeded } from '../../src/core/succeeded.ts'
import { connect, type PgAddress, withClient } from '../../src/engines/postgres.ts'
import { showConsole } from './pool-console.ts'

export type PauseOrder = {
  readonly console: PgAddress
  readonly databases: readonly string[]
  readonly drainsWithinMs: number
}

/** What it calls itself at the pool's console: a pause without such a client there is ended by the agent. */
export const poolHolder = 'edge-holds-pool'
/** Whatever hangs, the clients do not wait for longer. */
const heldForMs = 60_000

/** One that is not paused any more, as a hand let it go on, is no mistake. */
export async function resumeAll({ console: console_, databases }: Omit<PauseOrder, 'drainsWithinMs'>): Promise<void> {
  for (const name of databases)
    await withClient(console_, (client) => client.query(`resume ${name}`)).catch(() => undefined)
}

async function arePaused({ console: console_, databases }: Omit<PauseOrder, 'drainsWithinMs'>): Promise<boolean> {
  const rows = await showConsole(console_, 'databases')
  return databases.every((name) => rows.some((row) => row['name'] === name && Number(row['paused']) === 1))
}

async function main(): Promise<void> {
  const input = createInterface({ input: process.stdin })
  const closed = once(input, 'close')
  const [line] = await once(input, 'line')
  // One line of pause.ts, which has the same type.
  const { console: console_, databases, drainsWithinMs }: PauseOrder = JSON.parse(String(line))
  // Before the first of them is paused: one that connected late would send its PAUSE after all were let go, for good.
  const clients = await Promise.all(databases.map(() => connect(console_, poolHolder)))
  try {
    const each = Promise.all(databases.map((name, at) => clients[at]?.query(`pause ${name}`)))
    const drained = await Promise.race([succeeded(each), wait(drainsWithinMs, false), closed.then(() => false)])
    // A hand that lets them go on ends the waiting as well.
    if (!drained || !(await arePaused({ console: console_, databases }))) return
    tellStarter('paused')
    await Promise.race([closed, wait(heldForMs)])
  } finally {
    await resumeAll({ console: console_, databases })
  }
}

if (import.meta.main) {
  await main()
  // A pause that waits for a transaction holds its connection open.
  process.exit()
}
