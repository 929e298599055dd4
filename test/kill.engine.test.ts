import { setTimeout as wait } from 'node:timers/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseReserved } from '../infrastructure/database/reserved.ts'
import { signalIfThere } from '../src/core/process.ts'
import { secretsOf } from '../src/core/reserved.ts'
import { connect, type PgAddress } from '../src/engines/postgres.ts'
import { childrenOf } from '../src/targets/local/processes.ts'
import { TestInstance } from './instance.ts'
import { cutIn, interruptedUp, type Step, wholeRun } from './interrupted-up.ts'
import { hands } from './sabotaged.ts'
import { testWorld } from './world.ts'

const { world } = testWorld()
let instance: TestInstance
let whole: readonly Step[]
beforeAll(async () => {
  // With the members that are shipped.
  instance = await TestInstance.make('database: { replicas: 1 },')
  whole = await wholeRun(instance)
})
afterAll(() => instance.remove())

const heals = { timeout: 60_000, interval: 500 }
const broken = async (): Promise<readonly string[]> =>
  [...(await instance.verify()).values()]
    .filter(({ verdict }) => verdict === 'broken')
    .map(({ id, because }) => `${id}: ${because}`)

/** Writes numbered rows one after the other, and remembers which were acknowledged. */
async function writer(): Promise<{ stop: () => Promise<readonly number[]>; count: () => Promise<readonly number[]> }> {
  const { instance: inside } = await hands(instance)
  const address: PgAddress = {
    host: '127.0.0.1',
    port: inside.ports.pooler,
    database: 'edge',
    user: 'edge',
    password: secretsOf(inside, databaseReserved).agent,
    ca: join(instance.state, 'tls', 'ca.crt'),
  }
  const setUp = await connect(address)
  await setUp.query('create table if not exists edge.written (n int primary key)')
  await setUp.query('truncate edge.written')
  await setUp.end()
  const acknowledged: number[] = []
  const stop = new AbortController()
  const work = (async () => {
    for (let n = 0; !stop.signal.aborted;) {
      try {
        const client = await connect(address)
        try {
          for (; !stop.signal.aborted; n += 1) {
            await client.query('insert into edge.written values ($1) on conflict do nothing', [n])
            acknowledged.push(n)
            // A writer, not a load test.
            await wait(10)
          }
        } finally {
          await client.end().catch(() => undefined)
        }
      } catch {
        // Not acknowledged: the same number is tried again.
        await wait(50)
      }
    }
  })()
  return {
    stop: async () => {
      stop.abort()
      await work
      return acknowledged
    },
    count: async () => {
      const client = await connect(address)
      const { rows } = await client.query<{ n: number }>('select n from edge.written order by n')
      await client.end()
      return rows.map(({ n }) => n)
    },
  }
}

describe('after kill -9', () => {
  it('of each engine in turn, it is back by itself, everything is kept again, and no acknowledged write is lost', async () => {
    const writes = await writer()
    const { engines } = await instance.status()
    for (const { name, pid } of engines) {
      if (pid === null) throw new Error(`${name} does not run`)
      process.kill(pid, 'SIGKILL')
      await expect.poll(async () => (await instance.pid(name).catch(() => pid)) !== pid, heals).toBe(true)
    }
    await expect.poll(broken, heals).toEqual([])
    const acknowledged = await writes.stop()
    const found = new Set(await writes.count())
    expect(acknowledged.length).toBeGreaterThan(100)
    expect(acknowledged.filter((n) => !found.has(n))).toEqual([])
  })

  it('of all of s6, up brings it back with every acknowledged write', async () => {
    const writes = await writer()
    await expect.poll(async () => (await writes.count()).length > 20, heals).toBe(true)
    const { stdout } = await world.run(['pgrep', '-f', `^s6-(svscan ${instance.state}|supervise|log)`])
    const ours: number[] = []
    for (const pid of stdout.trim().split('\n').map(Number)) {
      const { stdout: cwd } = await world.run(['readlink', `/proc/${pid}/cwd`])
      if (cwd.startsWith(instance.state)) ours.push(pid)
    }
    // A logger ends by itself as soon as nobody is left who could write to it.
    for (const pid of ours) signalIfThere(pid, 'SIGKILL')
    const acknowledged = await writes.stop()
    await instance.must('up', '--no-load-test')
    const found = new Set(await writes.count())
    expect(ours.length).toBeGreaterThan(10)
    expect(acknowledged.filter((n) => !found.has(n))).toEqual([])
    expect(await broken()).toEqual([])
  })
})

interruptedUp(() => whole, [cutIn('SIGINT', 0, 1), cutIn('SIGKILL', 0, 1)])

describe('an engine that hangs, while the kernel holds its port open', () => {
  it.each(['balancer', 'haproxy', 'pgbouncer'])('is not called up, and is started anew: %s', async (name) => {
    const pid = await instance.pid(name)
    for (const one of [pid, ...childrenOf(pid)]) signalIfThere(one, 'SIGSTOP')
    const seen = (await instance.status()).engines.find((engine) => engine.name === name)
    await instance.edge(['deploy', '--yes'])
    expect(seen?.noAnswer).toMatch(/answers nothing within|does not answer/)
    expect(await instance.pid(name)).not.toBe(pid)
    await expect.poll(broken, heals).toEqual([])
  })
})
