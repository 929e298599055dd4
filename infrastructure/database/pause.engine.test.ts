import { setTimeout as wait } from 'node:timers/promises'
import { type Client, DatabaseError } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendSignal } from '../../src/core/process.ts'
import { connect, type PgAddress, withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import { testWorld } from '../../test/world.ts'
import type { Addresses } from './addresses.ts'
import { resumeAll, sizesNow } from './hold-pool.ts'
import { paused, withPoolPaused } from './pause.ts'
import { showConsole } from './pool-console.ts'
import { addressesIn } from './sabotage.ts'

const { world } = testWorld()
let instance: TestInstance
let addresses: Addresses
/** The process of HAProxy's that leads clients: stopped, it makes a sign-in of the pool last. */
let haproxy: number
beforeAll(async () => {
  instance = await TestInstance.make()
  // It ends with 1: no agent keeps the pool at its minimum.
  await instance.edge(['deploy', 'database', '--yes'])
  addresses = addressesIn(await hands(instance))
  const { stdout } = await world.run(['pgrep', '-P', String(await instance.pid('haproxy'))])
  haproxy = Number(stdout)
})
afterAll(() => instance.remove())

const doors = ['app', 'app_ro'] as const
const addressOf = (door: (typeof doors)[number]): PgAddress => (door === 'app' ? addresses.app : addresses.appReader)

const signsIn = async (door: string): Promise<boolean> =>
  (await showConsole(addresses.console, 'pools')).some((row) => row['database'] === door && Number(row['sv_login']) > 0)

/** What a client is told that asks while the first connection after a pause signs in: it begins with the question. */
async function askedWhileItSignsIn(client: Client, door: (typeof doors)[number]): Promise<unknown> {
  const asked = client.query('select 1').catch((error: unknown) => error)
  await expect.poll(() => signsIn(door)).toBe(true)
  sendSignal(haproxy, 'SIGCONT')
  return asked
}

test.each(doors)('serves whoever comes right after a pause, before a connection has signed in: %s', async (door) => {
  const client = await connect(addressOf(door))
  await client.query('select 1')
  const work = async () => {
    // As where another member takes over: writers go on first. PgBouncer looks three times a second for its minimum.
    await wait(1000)
    if (door === 'app_ro') await resumeAll({ console: addresses.console, databases: paused.writers })
    await wait(1000)
    sendSignal(haproxy, 'SIGSTOP')
  }
  await withPoolPaused(addresses, paused.all, work, world)
  expect(await askedWhileItSignsIn(client, door)).not.toBeInstanceOf(DatabaseError)
  await client.end()
})

test.each(doors)('lets a connection sign in that has begun to, and pauses then: %s', async (door) => {
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect(addressOf(door))))
  const late = await connect(addressOf(door))
  await late.query('select 1')
  sendSignal(haproxy, 'SIGSTOP')
  const asked = clients.map((client) => client.query('select 1'))
  await expect.poll(() => signsIn(door)).toBe(true)
  const pausing = withPoolPaused(
    addresses,
    door === 'app' ? paused.all : paused.readers,
    async () => sendSignal(haproxy, 'SIGSTOP'),
    world,
  )
  await wait(1000)
  sendSignal(haproxy, 'SIGCONT')
  await pausing
  expect(await askedWhileItSignsIn(late, door)).not.toBeInstanceOf(DatabaseError)
  await Promise.all(asked)
  await Promise.all([...clients, late].map((client) => client.end()))
})

test('lets a connection sign in that has begun to, and reads its file anew then', async () => {
  const on = await hands(instance)
  const [first, late] = [await connect(addresses.appReader), await connect(addresses.appReader)]
  // Without a connection: what has been opened before would serve.
  await withPoolPaused(addresses, paused.readers, async () => sendSignal(haproxy, 'SIGSTOP'), world)
  const asked = first.query('select 1').catch((error: unknown) => error)
  await expect.poll(() => signsIn('app_ro')).toBe(true)
  const reloading = on.reload('pgbouncer')
  await wait(1000)
  const answer = await askedWhileItSignsIn(late, 'app_ro')
  await reloading
  expect([answer, await asked].map((one) => one instanceof DatabaseError)).toEqual([false, false])
  await Promise.all([first, late].map((client) => client.end()))
})

test('opens and keeps as many connections as before when it goes on, however it was let go', async () => {
  const sizes = () => sizesNow(addresses.console)
  const before = await sizes()
  const without = async () => expect(await sizes()).toEqual({ ...before, min_pool_size: 0 })
  await withPoolPaused(addresses, paused.all, without, world)
  expect(await sizes()).toEqual(before)
  /** What a pause leaves whose holder and edge were both killed. */
  const emptied = () =>
    withClient(addresses.console, async (client) => {
      await client.query('set min_pool_size = 0')
      await client.query('set default_pool_size = 0')
    })
  await emptied()
  await withPoolPaused(addresses, paused.all, without, world)
  expect(await sizes()).toEqual(before)
  await emptied()
  await instance.edge(['deploy', 'database', '--yes'])
  expect(await sizes()).toEqual(before)
})
