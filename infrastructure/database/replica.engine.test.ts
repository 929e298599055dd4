import { setTimeout as wait } from 'node:timers/promises'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DrillRecord } from '../../src/core/record.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import type { Addresses } from './addresses.ts'
import { startupOf } from './causes.ts'
import type { Cluster } from './cluster.ts'
import { synchronous } from './kill-primary.ts'
import { startReading } from './read-load.ts'
import { addressesIn, clusterIn } from './sabotage.ts'

let instance: TestInstance
let on: Sabotaged
let addresses: Addresses
let cluster: Cluster

beforeAll(async () => {
  instance = await TestInstance.make('database: { replicas: 1 },')
  // It ends with 1: no agent keeps the pool at its minimum.
  await instance.edge(['deploy', 'database', '--yes'])
  on = await hands(instance, 'database')
  ;[addresses, cluster] = [addressesIn(on), clusterIn(on)]
})
afterAll(() => instance.remove())

const seconds = (count: number) => ({ timeout: count * 1000, interval: 100 })

/** Who is neither primary nor standby. */
async function replica() {
  const { primary, name } = await synchronous(addresses, cluster)
  const [other] = cluster.members.filter((member) => member !== primary && member !== name)
  if (other === undefined) throw new Error('there is no third member')
  return { primary, standby: name, replica: other }
}

const writes = () =>
  withClient(addresses.edge, (client) => client.query('insert into edge.marker (id) values (gen_random_uuid())'))

test('leads readers to the replica, and has each write on two members', async () => {
  const { replica: third, standby } = await replica()
  const judged = await instance.verify('database.readReplica', 'database.boundedStaleness', 'database.noLostWrites')
  expect(judged.get('database.readReplica')).toMatchObject({
    verdict: 'kept',
    // A connection that the pool made while there was no replica yet leads to the standby, and stays.
    evidence: { facts: { 'answered by': [third], 'through the pool': expect.toBeOneOf([third, standby]), standby } },
  })
  expect(judged.get('database.boundedStaleness')).toMatchObject({ verdict: 'kept' })
  expect(judged.get('database.noLostWrites')?.evidence?.facts).toMatchObject({
    'with one member left': 'writes wait',
  })
})

test('lists the statements that took the most time, of what replicas answer, too', async () => {
  const asked = 'select null::macaddr, null::inet as asked_of_a_replica'
  await withClient(addresses.appReader, (client) => client.query(asked))
  const { statements } = JSON.parse((await instance.must('database', 'top', '--json', '--count', '5000')).stdout)
  const found = statements.find(({ text }: { text: string }) => text.includes('asked_of_a_replica'))
  expect(found).toMatchObject({ role: 'app', calls: 1 })
  const { stdout } = await instance.must('database', 'top')
  expect(stdout.split('\n')[0]).toMatch(/share +total +calls +mean +from disk +statement/)
})

test('has its replica step in as the standby when the primary is away, and answers reads meanwhile', async () => {
  const before = await replica()
  const reading = startReading(addresses.appReader, 'select count(*) from pg_roles', 4)
  await on.stop(before.primary)
  await expect
    .poll(() => synchronous(addresses, cluster), seconds(60))
    .toEqual({ primary: before.standby, name: before.replica })
  await writes()
  const { answered, errors } = await reading.stop()
  expect(errors).toEqual([])
  expect(answered).toBeGreaterThan(10)
})

test('has a write wait while one member alone is left, and acknowledges it when there are two again', async () => {
  const { name } = await synchronous(addresses, cluster)
  await on.stop(name)
  // Until Patroni has taken it out, the write would wait for that one.
  await expect.poll(standbyNames, seconds(30)).toBe('*')
  const written = writes().then(() => 'acknowledged')
  expect(await Promise.race([written, wait(5000, 'waits')])).toBe('waits')
  await on.converge()
  await written
  const { replica: third } = await replica()
  expect(cluster.members).toContain(third)
})

const standbyNames = async () => {
  for (const member of cluster.members) {
    const names = await withClient(addresses.members[member], async (client) => {
      const { rows } = await client.query<{ names: string }>(
        "select current_setting('synchronous_standby_names') as names where not pg_is_in_recovery()",
      )
      return rows[0]?.names
    }).catch(() => undefined)
    if (names !== undefined) return names
  }
  return undefined
}

test('has drills kill the primary, and hold the replay back, and shows what they saw with the promises', async () => {
  const { primary } = await synchronous(addresses, cluster)
  const { stdout } = await instance.must('drill', 'failover', 'staleness', '--yes', '--json')
  const [failover, staleness]: readonly DrillRecord[] = JSON.parse(stdout).drills
  expect(failover?.facts).toMatchObject({ from: primary, writers: 20, lost: 0 })
  expect(Number(failover?.facts['acknowledged'])).toBeGreaterThan(200)
  expect((await synchronous(addresses, cluster)).primary).toBe(failover?.facts['to'])
  // It is seen to get older than at any other time, and never as old as is promised.
  expect(Number(staleness?.facts['oldestMs'])).toBeGreaterThan(500)
  expect(Number(staleness?.facts['oldestMs'])).toBeLessThanOrEqual(5000)
  expect(staleness?.facts['then read on']).not.toBe(staleness?.facts['stopped'])
  const judged = await instance.verify('database.standby', 'database.noLostWrites', 'database.boundedStaleness')
  for (const id of ['database.standby', 'database.noLostWrites']) {
    expect(judged.get(id)).toMatchObject({ verdict: 'kept' })
    expect(judged.get(id)?.evidence?.facts['failover drilled']).toContain('0 of ')
  }
  expect(judged.get('database.boundedStaleness')?.evidence?.facts['staleness drilled']).toContain('replayed nothing')
})

test('leads no reader to a replica that is behind, also right after HAProxy was started anew', async () => {
  const { replica: third } = await replica()
  const reads = () =>
    withClient(addresses.reader, async (client) => {
      const { rows } = await client.query<{ port: number }>('select inet_server_port() as port')
      return rows[0]?.port
    })
  const there = addresses.members[third].port
  await expect.poll(reads, seconds(10)).toBe(there)
  const startup = await startupOf(join(instance.state, 'data', third))
  process.kill(Number(startup), 'SIGSTOP')
  try {
    await writes()
    await expect.poll(reads, seconds(10)).not.toBe(there)
    // At once: it has no past to compare with.
    await on.signal('haproxy', 'SIGKILL')
    const seen: unknown[] = []
    const until = Date.now() + 4000
    // What it took in before its first look, it has cut by then.
    await expect.poll(() => reads().catch(() => 'not yet'), seconds(10)).not.toBe('not yet')
    await wait(500)
    while (Date.now() < until) {
      seen.push(await reads())
      await wait(50)
    }
    expect(seen.length).toBeGreaterThan(10)
    expect(seen).not.toContain(there)
  } finally {
    process.kill(Number(startup), 'SIGCONT')
  }
  await expect.poll(reads, seconds(10)).toBe(there)
})

test('leads whoever comes to the primary, and cuts nobody, also in the first moment after HAProxy has read its files anew', async () => {
  const met: unknown[] = []
  for (let turn = 0; turn < 15; turn += 1) {
    await on.reload('haproxy')
    for (let client = 0; client < 4; client += 1)
      met.push(
        await withClient(addresses.superuser, async (server) => {
          const { rows } = await server.query<{ follows: boolean }>('select pg_is_in_recovery() as follows')
          // As long as it takes until HAProxy's own checks have looked at each member.
          await server.query('select pg_sleep(0.1)')
          return rows[0]?.follows
        }).catch(String),
      )
  }
  expect(new Set(met)).toEqual(new Set([false]))
})

test('shows who leads, who may take over, and the parameters that are in force', async () => {
  const { primary, standby, replica: third } = await replica()
  const { members, etcd } = JSON.parse((await instance.must('database', 'status', '--json')).stdout)
  const roles = members.map(({ member, role }: { member: string; role: string }) => [member, role])
  expect(Object.fromEntries(roles)).toEqual({ [primary]: 'primary', [standby]: 'standby', [third]: 'replica' })
  expect(etcd).toBe('has a leader')
  const { stdout } = await instance.must('database', 'parameters')
  expect(stdout).toMatch(/^synchronous_commit +on$/m)
  expect(stdout).toContain('all in force on every member')
})

test('goes on with one member alone where the configuration says so, and noLostWrites says it', async () => {
  const text = await readFile(instance.file, 'utf8')
  await writeFile(instance.file, text.replace('replicas: 1 ', "replicas: 1, acknowledge: 'available' "))
  await on.converge()
  const judged = await instance.verify('database.noLostWrites')
  expect(judged.get('database.noLostWrites')).toMatchObject({
    verdict: 'kept',
    evidence: { facts: { 'with one member left': 'writes go on, on that one alone' } },
  })
  const { standby, replica: third } = await replica()
  await Promise.all([on.stop(standby), on.stop(third)])
  await expect.poll(standbyNames, seconds(30)).toBe('')
  await writes()
  await writeFile(instance.file, text)
  await on.converge()
  expect((await instance.verify('database.noLostWrites')).get('database.noLostWrites')?.because).toBeUndefined()
})
