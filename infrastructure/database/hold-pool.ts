/**
 * A program of its own (see pause.ts): pauses databases of the pool, says `paused`, and lets them go on when its standard
 * input ends: when it is told to, or when who started it was killed.
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import { tellStarter } from '../../src/core/process.ts'
import { succeeded } from '../../src/core/succeeded.ts'
import { connect, type PgAddress, withClient } from '../../src/engines/postgres.ts'
import { inForce, showConsole } from './pool-console.ts'

type Databases = { readonly console: PgAddress; readonly databases: readonly string[] }

/** How many connections each pool opens, and keeps: other than they are to be while a pause begins and lasts. */
const sizes = ['default_pool_size', 'min_pool_size'] as const
export type PoolSizes = Readonly<Record<(typeof sizes)[number], number>>

export type PauseOrder = Databases & { readonly sizes: PoolSizes; readonly drainsWithinMs: number }

/** What it calls itself at the pool's console: a pause without such a client there is ended by the agent. */
export const poolHolder = 'edge-holds-pool'
/** Whatever hangs, the clients do not wait for longer. */
const heldForMs = 60_000
/** A sign-in takes some milliseconds, but where HAProxy has nobody to lead it to. */
const signsInWithinMs = 3000

const tell = (console_: PgAddress, command: string) => withClient(console_, (client) => client.query(command))

export async function sizesNow(console_: PgAddress): Promise<PoolSizes> {
  const [most, least] = await Promise.all(sizes.map((name) => inForce(console_, name)))
  return { default_pool_size: Number(most), min_pool_size: Number(least) }
}

/**
 * As the pool was configured last; what it has at this moment may be what a pause has left whose holder and edge were both
 * killed: taken for the sizes of before, it would stay. Undefined where a hand took them out of the file.
 */
export async function sizesIn(file: string): Promise<PoolSizes | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const [most, least] = sizes.map((name) => new RegExp(`^${name} = (\\d+)$`, 'm').exec(text)?.[1])
  if (most === undefined || least === undefined) return undefined
  return { default_pool_size: Number(most), min_pool_size: Number(least) }
}

/** One that is not paused any more, as a hand let it go on, is no mistake. */
export async function resumeAll({ console: console_, databases }: Databases): Promise<void> {
  for (const name of databases) await tell(console_, `resume ${name}`).catch(() => undefined)
}

/**
 * As before the pause; the minimum when nobody is paused any more (see `pauseAll`). Not by PgBouncer's RELOAD: with TLS that
 * breaks off what signs in, too.
 */
export async function letGo(order: Omit<PauseOrder, 'drainsWithinMs'>): Promise<void> {
  await resumeAll(order)
  for (const name of sizes) await tell(order.console, `set ${name} = ${order.sizes[name]}`).catch(() => undefined)
}

async function arePaused({ console: console_, databases }: Databases): Promise<boolean> {
  const rows = await showConsole(console_, 'databases')
  return databases.every((name) => rows.some((row) => row['name'] === name && Number(row['paused']) === 1))
}

async function nobodySignsIn({ console: console_, databases }: Databases): Promise<boolean> {
  const pools = await showConsole(console_, 'pools')
  return !pools.some((row) => databases.includes(String(row['database'])) && Number(row['sv_login']) > 0)
}

async function until(isSo: () => Promise<boolean>, isOver: () => boolean): Promise<void> {
  const deadline = Date.now() + signsInWithinMs
  while (!isOver() && Date.now() < deadline && !(await isSo())) await wait(10)
}

/**
 * No connection begins from here on, and those that have begun sign in first. PgBouncer (1.18) closes one that signs in while
 * it is paused, or reads its file anew and has TLS to the servers, takes it for one that was refused, and refuses whoever comes
 * until another one has signed in.
 */
export async function endSignIns(order: Databases, isOver = () => false): Promise<void> {
  await tell(order.console, 'set default_pool_size = 0')
  await until(() => nobodySignsIn(order), isOver)
}

/**
 * Pauses, and answers whether what was begun has ended by then. For its minimum PgBouncer begins a connection three times a
 * second, in a pause as well: so it keeps none until `letGo`.
 */
async function pauseAll(order: PauseOrder, clients: readonly Client[], closed: Promise<unknown>): Promise<boolean> {
  // Told to let go, or refused.
  const over = new AbortController()
  const end = (): void => over.abort()
  const isOver = (): boolean => over.signal.aborted
  void closed.then(end)
  // Readers have no minimum (see render-pgbouncer.ts), and writers that go on meanwhile keep theirs.
  if (order.databases.includes('app')) await tell(order.console, 'set min_pool_size = 0')
  await endSignIns(order, isOver)
  if (isOver()) return false
  const each = succeeded(Promise.all(order.databases.map((name, at) => clients[at]?.query(`pause ${name}`))))
  void each.then(end)
  await until(() => arePaused(order), isOver)
  await tell(order.console, `set default_pool_size = ${order.sizes.default_pool_size}`)
  return Promise.race([each, wait(order.drainsWithinMs, false), closed.then(() => false)])
}

async function main(): Promise<void> {
  const input = createInterface({ input: process.stdin })
  const closed = once(input, 'close')
  const [line] = await once(input, 'line')
  // One line of pause.ts, which has the same type.
  const order: PauseOrder = JSON.parse(String(line))
  const { console: console_, databases } = order
  // Before the first of them is paused: one that connected late would send its PAUSE after all were let go, for good.
  const clients = await Promise.all(databases.map(() => connect(console_, poolHolder)))
  try {
    const drained = await pauseAll(order, clients, closed)
    // A hand that lets them go on ends the waiting as well.
    if (!drained || !(await arePaused(order))) return
    tellStarter('paused')
    await Promise.race([closed, wait(heldForMs)])
  } finally {
    await letGo(order)
  }
}

if (import.meta.main) {
  await main()
  // A pause that waits for a transaction holds its connection open.
  process.exit()
}
