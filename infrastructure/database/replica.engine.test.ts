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
import { changeSharedSettings, type Cluster, switchOver } from './cluster.ts'
import { synchronous } from './kill-primary.ts'
import { startReading } from './read-load.ts'
import { addressesIn, clusterIn } from './sabotage.ts'
import { startWriting } from './write-load.ts'

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

type Roles = Awaited<ReturnType<typeof replica>>

/** Both may take over; the one that has less of the log is called the replica here. */
async function replica() {
  const { primary, name } = await synchronous(addresses, cluster)
  const [other] = cluster.members.filter((member) => member !== primary && member !== name)
  if (other === undefined) throw new Error('there is no third member')
  return { primary, standby: name, replica: other }
}

const writes = () =>
  withClient(addresses.edge, (client) => client.query('insert into edge.marker (id) values (gen_random_uuid())'))

test('leads readers to all but the primary, and has each write on two members', async () => {
  const { primary } = await synchronous(addresses, cluster)
  const others = cluster.members.filter((member) => member !== primary)
  const judged = await instance.verify('database.readReplica', 'database.boundedStaleness', 'database.noLostWrites')
  expect(judged.get('database.readReplica')).toMatchObject({
    verdict: 'kept',
    evidence: { facts: { 'answered by': others, 'through the pool': expect.toBeOneOf([...others]) } },
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

test('has one lead and the other wait for commits when the primary is away, answers reads meanwhile, and lists what the others counted', async () => {
  const before = await replica()
  const reading = startReading(addresses.appReader, 'select count(*) from pg_roles', 4)
  await on.stop(before.primary)
  const after = await synchronous(addresses, cluster)
  expect(Object.values(after).toSorted()).toEqual([before.standby, before.replica].toSorted())
  await writes()
  const { answered, errors } = await reading.stop()
  expect(errors).toEqual([])
  expect(answered).toBeGreaterThan(10)
  const { statements, missing } = JSON.parse((await instance.must('database', 'top', '--json')).stdout)
  expect(statements.length).toBeGreaterThan(0)
  expect(missing).toMatchObject([{ member: before.primary, because: expect.stringContaining('ECONNREFUSED') }])
})

test('has a write wait while one member alone is left, and acknowledges it when there are two again', async () => {
  const { name } = await synchronous(addresses, cluster)
  await on.stop(name)
  // Until Patroni has taken it out, the write would wait for that one.
  await expect.poll(standbyNames, seconds(30)).toBe('ANY 1 (*)')
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

/** The port of the member that a reader who comes now is led to. */
const readerPort = () =>
  withClient(addresses.reader, async (client) => {
    const { rows } = await client.query<{ port: number }>("select current_setting('port')::int as port")
    return rows[0]?.port
  })

/** Several come at once: more members than one may take readers. */
const severalReaders = () => Promise.all(Array.from({ length: 4 }, () => readerPort().catch(() => 'nobody')))

/** Does something while a replica that readers are led to has stopped to replay, and was left by them. */
async function whileBehind(work: (behind: { readonly port: number; readonly roles: Roles }) => Promise<void>) {
  const roles = await replica()
  const { port } = addresses.members[roles.replica]
  await expect.poll(severalReaders, seconds(30)).toContain(port)
  const startup = Number(await startupOf(join(instance.state, 'data', roles.replica)))
  process.kill(startup, 'SIGSTOP')
  try {
    await writes()
    await expect.poll(severalReaders, seconds(10)).not.toContain(port)
    await work({ port, roles })
  } finally {
    process.kill(startup, 'SIGCONT')
  }
  await expect.poll(severalReaders, seconds(10)).toContain(port)
}

test('leads no reader to a replica that is behind, also right after HAProxy was started anew', async () => {
  await whileBehind(async ({ port }) => {
    // At once: it has no past to compare with.
    await on.signal('haproxy', 'SIGKILL')
    const seen: unknown[] = []
    // What it took in before its first look, it has cut by then.
    await expect.poll(() => readerPort().catch(() => 'not yet'), seconds(10)).not.toBe('not yet')
    await wait(500)
    const until = Date.now() + 3000
    while (Date.now() < until || seen.length < 10) {
      seen.push(await readerPort())
      await wait(50)
    }
    expect(seen).not.toContain(port)
  })
})

test('leads no reader to a replica that is behind, also right after another member has taken over', async () => {
  await whileBehind(async ({ port, roles: { primary, standby } }) => {
    const seen: unknown[] = []
    const end = new AbortController()
    const readers = (async () => {
      for (; !end.signal.aborted; await wait(50)) seen.push(await readerPort().catch(() => 'nobody'))
    })()
    await switchOver(cluster, primary, standby)
    const before = seen.length
    // Longer than what is compared with: one that looks at the new primary alone would know of nothing older.
    await wait(6000)
    const answered = () => seen.slice(before).filter((answer) => answer !== 'nobody').length
    await expect.poll(answered).toBeGreaterThan(10)
    end.abort()
    await readers
    expect(seen).not.toContain(port)
  })
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
  expect(Object.fromEntries(roles)).toEqual({ [primary]: 'primary', [standby]: 'standby', [third]: 'standby' })
  expect(etcd).toBe('has a leader')
  const { stdout } = await instance.must('database', 'parameters')
  expect(stdout).toMatch(/^synchronous_commit +on$/m)
  expect(stdout).toContain('all in force on every member')
})

test('has commits wait for any member where an earlier release had them wait for one, with no failed write and no restart', async () => {
  await changeSharedSettings(cluster, { synchronous_mode: true })
  await expect.poll(standbyNames, seconds(30)).toMatch(/^pg\d$/)
  await synchronous(addresses, cluster)
  const begun = () =>
    Promise.all(
      cluster.members.map((member) =>
        withClient(addresses.members[member], (client) =>
          client.query('select pg_postmaster_start_time()::text as at'),
        ),
      ),
    ).then((all) => all.map(({ rows }) => rows))
  const before = await begun()
  const load = await startWriting({ ...addresses.edge, database: 'app' }, 8)
  await load.acknowledges(200, 60_000)
  await on.converge()
  await expect.poll(standbyNames, seconds(30)).toMatch(/^ANY 1 \(pg\d,pg\d\)$/)
  await load.acknowledges(200, 60_000)
  const { lost, errors, longestGapMs } = await load.stop()
  expect({ lost, errors }).toEqual({ lost: 0, errors: [] })
  expect(longestGapMs).toBeLessThan(3000)
  expect(await begun()).toEqual(before)
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
  expect((await instance.judgement('database.noLostWrites'))?.because).toBeUndefined()
})
