import { execFile } from 'node:child_process'
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import type { Addresses } from './addresses.ts'
import { type Cluster, statusOf } from './cluster.ts'
import { untilAllFollow } from './followers.ts'
import { synchronous } from './kill-primary.ts'
import type { Member } from './members.ts'
import { addressesIn, clusterIn } from './sabotage.ts'
import { startWriting, type WriteLoad } from './write-load.ts'

const run = promisify(execFile)
const writers = 8
const soon = { timeout: 120_000, interval: 250 }
const fullForMs = 20_000
/** In MB. */
const diskOfMember = 700

let instance: TestInstance
let on: Sabotaged
let addresses: Addresses
let cluster: Cluster
const mounted: string[] = []
const measured: object[] = []

/** A disk of its own, which only root can mount. */
async function mountDisk(path: string, megabytes: number): Promise<void> {
  await mkdir(path, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', path])
  mounted.unshift(path)
}

beforeAll(async () => {
  instance = await TestInstance.make('database: { replicas: 1 },')
  await mountDisk(instance.state, 1500)
  // Without the agent, which would help unasked. It ends with 1: nobody keeps the pool at its minimum.
  await instance.edge(['deploy', 'database', '--yes'])
  on = await hands(instance, 'database')
  ;[addresses, cluster] = [addressesIn(on), clusterIn(on)]
})
afterAll(async () => {
  await leaveReport('disk-full', measured)
  await instance.edge(['down'])
  for (const path of mounted) await run('umount', [path])
  await instance.remove()
})

/** Who is what, once all of them are there. */
async function roles(): Promise<{ primary: Member; standby: Member; replica: Member }> {
  const { primary, name: standby } = await synchronous(addresses, cluster)
  expect(await untilAllFollow({ addresses, cluster }, 120_000, (ms) => wait(ms))).toEqual([])
  const replica = cluster.members.find((member) => member !== primary && member !== standby)
  if (replica === undefined) throw new Error('there is no third member')
  return { primary, standby, replica }
}

/** Takes all that is free on a disk, also from those who write meanwhile; answers what gives it back. */
async function fill(disk: string, name = 'filler'): Promise<() => Promise<void>> {
  const file = join(disk, name)
  const took = await run('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M']).catch((error: unknown) => String(error))
  expect(took).toContain('No space left on device')
  return () => rm(file, { force: true })
}

/** So that each member needs another file for its log. */
const endSegments = () =>
  withClient({ ...addresses.superuser, database: 'app' }, async (client) => {
    await client.query('set statement_timeout = 3000')
    for (let ended = 0; ended < 2; ended += 1)
      await client.query("select pg_logical_emit_message(true, 'test', repeat('x', 1000000)), pg_switch_wal()")
  }).catch(() => undefined)

/** Has writers meet a full disk, waits until all goes on unhelped, and answers how many acknowledged writes are gone. */
async function whileFull(title: string, disk: string, isFull: (load: WriteLoad) => Promise<void>): Promise<number> {
  const load = await startWriting({ ...addresses.edge, database: 'app' }, writers)
  await load.acknowledges(200, 60_000)
  const seen = await (async () => {
    const giveBack = await fill(disk)
    try {
      // No more of them: what one that is away needs, the others keep.
      for (let times = 0; times < 3; times += 1) await endSegments().then(() => wait(1000))
      await wait(fullForMs)
      await isFull(load)
    } finally {
      await giveBack()
    }
    const given = performance.now()
    await load.acknowledges(200, 120_000)
    const writesAfterMs = Math.round(performance.now() - given)
    await roles()
    return { writesAfterMs, followAfterMs: Math.round(performance.now() - given) }
  })().catch(async (error: unknown) => {
    // Clients that write on would disturb whatever comes next.
    await load.stop().catch(() => undefined)
    throw error
  })
  const { acknowledged, lost, longestGapMs, errors } = await load.stop()
  const gapMs = Math.round(longestGapMs)
  const [error = 'none'] = errors
  measured.push({ title, acknowledged, lost, gapMs, errors: errors.length, error, ...seen })
  return lost
}

test('the disk of all: no write is acknowledged, who waits gets a true answer, and all goes on by itself when there is room', async () => {
  await roles()
  let write: Promise<string> = Promise.resolve('not tried')
  let giveMoreBack = async (): Promise<void> => undefined
  const lost = await whileFull('the disk of all', instance.state, async () => {
    // A member that had to start anew has taken away what it needed no more of its log: there is room for a small write.
    giveMoreBack = await fill(instance.state, 'another filler')
    write = withClient(addresses.edge, (client) =>
      client.query('create table edge.more as select generate_series(1, 100000)'),
    ).then(
      () => 'acknowledged',
      () => 'refused',
    )
    const first = await Promise.race([write, wait(10_000, 'waits')])
    measured.push({ title: 'a write while the disk of all is full', first })
    // PostgreSQL refuses it, or is down itself for want of room for its log: then it waits at the pool.
    expect(first).not.toBe('acknowledged')
    await giveMoreBack()
  }).finally(() => giveMoreBack())
  expect(lost).toBe(0)
  const answer = await write
  const { rows } = await withClient(addresses.edge, (client) =>
    client.query<{ there: boolean }>("select to_regclass('edge.more') is not null as there"),
  )
  const became = `${answer}, ${rows[0]?.there === true ? 'there' : 'not there'}`
  measured.push({ title: 'that write when there was room', became })
  expect(became).not.toBe('acknowledged, not there')
  const broken = [...(await instance.verify('database')).values()]
    .filter(({ id, verdict }) => verdict === 'broken' && id !== 'database.poolMinimum')
    .map(({ id, because }) => `${id}: ${because}`)
  expect(broken).toEqual([])
})

const disks = () => join(instance.folder, 'disks')

test('the members move to disks of their own', async () => {
  const { uid, gid } = on.instance.user
  for (const member of cluster.members) await on.stop(member)
  for (const member of cluster.members) {
    const [disk, data] = [join(disks(), member), join(instance.state, 'data', member)]
    await mountDisk(disk, diskOfMember)
    await run('cp', ['-a', data, join(disk, 'data')])
    await chown(join(disk, 'data'), uid, gid)
    await run('mount', ['--bind', join(disk, 'data'), data])
    mounted.unshift(data)
  }
  await on.converge()
  expect(Object.keys(await roles())).toHaveLength(3)
})

const streams = async (member: Member): Promise<boolean> =>
  withClient(addresses.superuser, async (client) => {
    const { rowCount } = await client.query(
      "select from pg_stat_replication where application_name = $1 and state = 'streaming'",
      [member],
    )
    return rowCount === 1
  })

test.each(['replica', 'standby'] as const)(
  "the %s's disk: it is left out, writes go on, and it is back by itself when there is room",
  async (role) => {
    const before = await roles()
    const member = before[role]
    const lost = await whileFull(`the disk of the ${role}`, join(disks(), member), async () => {
      await expect.poll(() => streams(member), soon).toBe(false)
      const after = await synchronous(addresses, cluster)
      expect(after.primary).toBe(before.primary)
      expect(after.name).not.toBe(member)
    })
    expect(lost).toBe(0)
  },
)

test("a standby's disk that stays full: the primary keeps no more of its log for that than it has room for", async () => {
  const text = await readFile(instance.file, 'utf8')
  // As much smaller than what is shipped as the disks are smaller than those of a machine.
  const least = "max_wal_size: '96MB', wal_keep_size: '64MB', max_slot_wal_keep_size: '96MB'"
  await writeFile(instance.file, text.replace('replicas: 1 ', `replicas: 1, parameters: { ${least} } `))
  await on.converge()
  const { primary, standby } = await roles()
  const wal = async () => {
    const { rows } = await withClient(addresses.members[primary], (client) =>
      client.query<{ mb: number }>('select (sum(size) / 1048576)::int as mb from pg_ls_waldir()'),
    )
    return rows[0]?.mb ?? 0
  }
  const load = await startWriting({ ...addresses.edge, database: 'app' }, writers)
  const giveBack = await fill(join(disks(), standby))
  const sizes: number[] = []
  try {
    // More than the disk of the primary holds.
    for (let written = 0; written < diskOfMember + 200; written += 32) {
      await endSegments()
      sizes.push(await wal())
    }
    await load.acknowledges(200, 60_000)
  } finally {
    await giveBack()
  }
  measured.push({ title: "a standby's disk that stays full", mostOfTheLogMb: Math.max(...sizes) })
  // Only a checkpoint takes away what is not kept; without a bound all of it would be there.
  expect(Math.max(...sizes)).toBeLessThan(diskOfMember - 200)
  expect((await synchronous(addresses, cluster)).primary).toBe(primary)
  await on.converge()
  await roles()
  expect((await load.stop()).lost).toBe(0)
  await writeFile(instance.file, text)
  await on.converge()
})

test("the primary's disk: another one leads, writes go on, and it is back by itself when there is room", async () => {
  const { primary } = await roles()
  const lost = await whileFull('the disk of the primary', join(disks(), primary), async (load) => {
    const seen = await statusOf(cluster)
    measured.push({
      title: 'while the disk of the primary is full',
      seen: seen.map((one) => Object.values(one).join(' ')),
    })
    const leader = seen.find(({ role }) => role === 'primary')?.member
    expect(leader).toBeOneOf(cluster.members.filter((member) => member !== primary))
    await load.acknowledges(50, 30_000)
  })
  expect(lost).toBe(0)
})
