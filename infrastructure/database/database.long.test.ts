import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seconds } from '../../src/core/units.ts'
import { connect, withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import { hands } from '../../test/sabotaged.ts'
import { testWorld } from '../../test/world.ts'
import type { Addresses } from './addresses.ts'
import { changeSharedSettings, type Cluster } from './cluster.ts'
import { drillTolerance, poolDrills } from './drill.ts'
import { database } from './guarantees.ts'
import { killPrimary, synchronous } from './kill-primary.ts'
import { databaseSettings } from './settings.ts'
import { addressesIn, clusterIn } from './sabotage.ts'

/** What a drill sees, in seconds. */
async function drilled(kind: 'wait' | 'idle'): Promise<number> {
  const settings = databaseSettings.parse({})
  const { seconds: seen } = await poolDrills()[kind].run({ addresses, settings }, testWorld().world, { real: false })
  return Number(seen)
}

let instance: TestInstance
let addresses: Addresses
let cluster: Cluster

beforeAll(async () => {
  instance = await TestInstance.make()
  // Its verification misses the agent, which is no matter here.
  await instance.edge(['deploy', 'database', '--yes'])
  const on = await hands(instance)
  addresses = addressesIn(on)
  cluster = clusterIn(on)
})
afterAll(() => instance.remove())

test('goes on within 5 s, and loses no acknowledged write, each of ten times that the primary is killed', async () => {
  const kills: { killed: string; acknowledged: number; lost: number; longestGapMs: number }[] = []
  while (kills.length < 10) {
    const { before, lost, longestGapMs, acknowledged } = await killPrimary(instance.state, addresses, cluster)
    kills.push({ killed: before.primary, acknowledged, lost, longestGapMs: Math.round(longestGapMs) })
  }
  await leaveReport('failover', kills)
  expect(kills.map(({ lost }) => lost)).toEqual(kills.map(() => 0))
  expect(Math.max(...kills.map(({ longestGapMs }) => longestGapMs))).toBeLessThan(5000)
})

test('clones the standby anew when the primary no longer has the log that it needs', async () => {
  const { name } = await synchronous(addresses, cluster)
  // As after half an hour away, and with much written meanwhile; the deployment below puts both back.
  await changeSharedSettings(cluster, { member_slots_ttl: 0, postgresql: { parameters: { wal_keep_size: '16MB' } } })
  await (await hands(instance, 'database')).stop(name)
  const asSuperuser = (sql: string) => withClient(addresses.superuser, (client) => client.query(sql))
  const keeps = async () => (await asSuperuser('show wal_keep_size')).rows[0]?.wal_keep_size
  await expect.poll(keeps, { timeout: 60_000 }).toBe('16MB')
  // Until its lease ends the primary keeps the log for it.
  const slots = async () => (await asSuperuser('select from pg_replication_slots')).rowCount
  await expect.poll(slots, { timeout: 60_000 }).toBe(0)
  for (let segment = 0; segment < 12; segment += 1) {
    await asSuperuser("select pg_logical_emit_message(true, 'test', 'fills')")
    await asSuperuser('select pg_switch_wal()')
  }
  await asSuperuser('checkpoint')
  // Its number alone may be given to the next file.
  const identity = async () => (await stat(join(instance.state, 'data', name, 'PG_VERSION'))).birthtimeMs
  const before = await identity()
  await instance.edge(['deploy', 'database', '--yes'])
  expect((await synchronous(addresses, cluster)).name).toBe(name)
  expect(await identity()).not.toBe(before)
})

test('leaves a standby alone that a wrong password keeps from the log', async () => {
  const { name } = await synchronous(addresses, cluster)
  const asSuperuser = (sql: string) => withClient(addresses.superuser, (client) => client.query(sql))
  const identity = async () => (await stat(join(instance.state, 'data', name, 'PG_VERSION'))).ino
  const before = await identity()
  const { rows } = await asSuperuser("select rolpassword as was from pg_authid where rolname = 'replicator'")
  await asSuperuser("alter role replicator password 'another'")
  await asSuperuser('select pg_terminate_backend(pid) from pg_stat_replication')
  await asSuperuser("select pg_logical_emit_message(true, 'test', 'goes on')")
  expect(await instance.edge(['heal', 'standby'])).toMatchObject({ code: 1 })
  expect(await identity()).toBe(before)
  await asSuperuser(`alter role replicator password '${rows[0]?.was}'`)
  expect((await synchronous(addresses, cluster)).name).toBe(name)
})

test('refuses a client that got no connection for 30 s', async () => {
  const promised = seconds(database.poolWait.exactly)
  const waited = await drilled('wait')
  await leaveReport('pool-wait', { promisedSeconds: promised, refusedAfterMs: waited * 1000 })
  expect(Math.abs(waited - promised)).toBeLessThanOrEqual(drillTolerance.wait)
})

test('closes a connection that nobody used for 300 s', async () => {
  const promised = seconds(database.poolIdle.exactly)
  const idleFor = await drilled('idle')
  await leaveReport('pool-idle', { promisedSeconds: promised, closedAfterMs: idleFor * 1000 })
  expect(Math.abs(idleFor - promised)).toBeLessThanOrEqual(drillTolerance.idle)
})

test('a change of HAProxy cuts no statement of the pool, neither at once nor when the one of before ends', async () => {
  await synchronous(addresses, cluster)
  const begun = await connect(addresses.app)
  await begun.query('select pg_sleep(0)')
  const text = await readFile(instance.file, 'utf8')
  // Other bytes for HAProxy, and hardly another number.
  await writeFile(
    instance.file,
    text.replace('database: { replicas: 0 }', 'database: { replicas: 0, pool: { session: 39 } }'),
  )
  const enough = new AbortController()
  let answered = 0
  const asking = (async () => {
    while (!enough.signal.aborted) answered += (await begun.query('select pg_sleep(0.2)')).rowCount ?? 0
  })()
  await instance.edge(['deploy', 'database', '--yes'])
  expect(await instance.read('engines/haproxy/haproxy.cfg')).toContain('wait_for_place session 39')
  const before = answered
  // HAProxy lets its process of before live for 30 s, and then ends what still leads through it.
  await Promise.race([wait(35_000), asking])
  enough.abort()
  await asking
  await begun.end()
  expect(answered).toBeGreaterThan(before)
})
