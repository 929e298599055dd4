import { readFile, writeFile } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { QueryResult } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runDrill } from '../../src/core/drill.ts'
import { Interrupted } from '../../src/core/errors.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import { milliseconds, percent } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { type PgAddress, withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import { testWorld } from '../../test/world.ts'
import type { Addresses } from './addresses.ts'
import { changeSharedSettings, type Cluster, sharedSettings } from './cluster.ts'
import { judgeDrill } from './check-pool.ts'
import { poolDrills } from './drill.ts'
import { killPrimary, synchronous } from './kill-primary.ts'
import { loadCauses } from './load-causes.ts'
import { showConsole } from './pool-console.ts'
import { deployDatabaseAlone } from './proofs/deploy-alone.ts'
import { recordsIn } from './proofs/records-in.ts'
import { addressesIn, clusterIn, setInPool } from './sabotage.ts'
import { databaseSettings } from './settings.ts'

let instance: TestInstance
let addresses: Addresses
let cluster: Cluster

beforeAll(async () => {
  instance = await TestInstance.make()
  await deployDatabase()
  const on = await hands(instance)
  addresses = addressesIn(on)
  cluster = clusterIn(on)
})
afterAll(() => instance.remove())

/** Anew, as the configuration says it now. */
const deployDatabase = () => deployDatabaseAlone(instance)

/** Until the lease ends nobody takes over, if the busy machine keeps Patroni from giving it back. */
const takesOverWithinMs = 30_000

test('goes on by itself, and loses no acknowledged write, when the primary is killed', async () => {
  const { before, lost, longestGapMs } = await killPrimary(instance.state, addresses, cluster)
  expect(lost).toBe(0)
  expect(longestGapMs).toBeLessThan(takesOverWithinMs)
  // The old primary comes back by itself, as the standby of the new one.
  expect(await synchronous(addresses, cluster)).toEqual({ name: before.primary, primary: before.name })
})

test('takes nothing for a wait for a restart that Patroni, started anew, takes out of a file with its default value', async () => {
  // A primary that was a standby before: its file still says where a recovery would end.
  const { primary } = await synchronous(addresses, cluster)
  const waiting = 'select name from pg_settings where pending_restart'
  const saysSo = async () => (await withClient(addresses.members[primary], (client) => client.query(waiting))).rowCount
  await (await hands(instance)).signal(primary, 'SIGKILL')
  await expect.poll(saysSo).toBeGreaterThan(0)
  await expect.poll(() => instance.verdict('database.parameters')).toBe('kept: ')
  expect(await saysSo()).toBeGreaterThan(0)
  await deployDatabase()
})

const inForce = "select current_setting('work_mem') as memory, current_setting('max_worker_processes') as workers"
const parametersAt = (at: PgAddress) => withClient(at, async (client) => (await client.query(inForce)).rows[0])

test("brings the operator's parameters into force on both members, with a restart where one is needed", async () => {
  await synchronous(addresses, cluster)
  const text = await readFile(instance.file, 'utf8')
  const own = "database: { replicas: 0, parameters: { work_mem: '9MB', max_worker_processes: 9 } },"
  await writeFile(instance.file, text.replace(/\n}\n$/, `\n  ${own}\n}\n`))
  await deployDatabase()
  for (const member of cluster.members) {
    expect(await parametersAt(addresses.members[member])).toEqual({ memory: '9MB', workers: '9' })
  }
})

test('takes a parameter out again that the configuration no longer has', async () => {
  const text = await readFile(instance.file, 'utf8')
  await writeFile(instance.file, text.replace(/ {2}database: .*parameters.*\n/, ''))
  await deployDatabase()
  expect(await parametersAt(addresses.superuser)).toEqual({ memory: '8MB', workers: '8' })
})

test.each([
  ["wurk_mem: '9MB'", ['unrecognized configuration parameter "wurk_mem"']],
  ["work_mem: '32QB'", ['invalid value for parameter "work_mem": "32QB"', 'Valid units']],
  [`shared_buffers: '${4 * Math.ceil(totalmem() / 2 ** 30)}GB'`, ['Cannot allocate memory', 'reducing shared_buffers']],
])('refuses %s before any member has it, in the words of PostgreSQL', async (own, words) => {
  const text = await readFile(instance.file, 'utf8')
  await writeFile(instance.file, text.replace(/\n}\n$/, `\n  database: { replicas: 0, parameters: { ${own} } },\n}\n`))
  const { code, stderr } = await instance.edge(['deploy', 'database', '--yes'])
  await writeFile(instance.file, text)
  expect([code, stderr]).toEqual([1, expect.stringContaining('database.parameters: pg1 refuses its configuration')])
  for (const word of words) expect(stderr).toContain(word)
  expect(await instance.verdict('database.parameters')).toBe('kept: ')
})

test('does not begin with data of another PostgreSQL, and says whose it is', async () => {
  const on = await hands(instance)
  const file = join('data', 'pg2', 'PG_VERSION')
  await on.edit(file, () => '14\n')
  const { code, stderr } = await instance.edge(['deploy', 'database', '--yes'])
  await on.edit(file, () => '15\n')
  expect([code, stderr]).toEqual([1, expect.stringMatching(/data\/pg2 is of PostgreSQL 14, and this release of edge/)])
})

test('changes nothing when nothing changed', async () => {
  const { stdout } = await instance.edge(['deploy', 'database', '--yes', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ changed: 0 })
})

test('moves to other ports with its data when the configuration does', async () => {
  await synchronous(addresses, cluster)
  const before = (await hands(instance)).instance.ports
  await withClient(addresses.superuser, (client) => client.query('create table moved as select 1 as it'))
  await instance.configure('')
  await deployDatabase()
  const on = await hands(instance)
  expect(on.instance.ports.first).not.toBe(before.first)
  addresses = addressesIn(on)
  // Patroni moved, too: at its old port nobody is ever synchronous.
  cluster = clusterIn(on)
  const { rows } = await withClient(addresses.superuser, (client) => client.query('select it from moved'))
  expect(rows).toEqual([{ it: 1 }])
})

const asSuperuser = (statement: string) => withClient(addresses.superuser, (client) => client.query(statement))

test('has a clone of the standby begun anew that was cut off', async () => {
  const { name } = await synchronous(addresses, cluster)
  const on = await hands(instance)
  await on.stop(name)
  // What is cloned last is not there yet.
  await on.run(['rm', join(instance.state, 'data', name, 'global', 'pg_control')])
  await deployDatabase()
  expect((await synchronous(addresses, cluster)).name).toBe(name)
})

test('switches synchronous replication on again that a hand has switched off', async () => {
  await changeSharedSettings(cluster, { synchronous_mode: false })
  await expect.poll(() => instance.verdict('database.standby')).toMatch(/^broken/)
  await instance.must('heal', 'standby')
  expect(await instance.verdict('database.standby')).toBe('kept: ')
})

test('computes for the drill of its processors, and writes nothing to the disk meanwhile', async () => {
  const { primary } = await synchronous(addresses, cluster)
  const direct = addresses.members[primary]
  const { world } = testWorld()
  const fires = { above: percent(80) }
  // One computes as the many of a drill do, which leave no processor to the tests beside this one.
  const causes = loadCauses(instance.state, () => Promise.resolve(direct), 1)
  const busy = causes['databaseCpu']?.({ fires }, { real: true })
  const count = async (what: string) => {
    const { rows } = await withClient<QueryResult<{ count: string }>>(direct, (client) => client.query(what))
    return Number(rows[0]?.count)
  }
  const computing = "select count(*) from pg_stat_activity where application_name = 'edge-drill' and state = 'active'"
  await busy?.begin(world)
  try {
    await expect.poll(() => count(computing)).toBe(1)
    // What a sort or a function needs beyond work_mem lies there: 74 GB of it, within six minutes, once.
    for (let look = 0; look < 10; look++) expect(await count('select count(*) from pg_ls_tmpdir()')).toBe(0)
  } finally {
    await busy?.end(world)
  }
  await expect.poll(() => count(computing)).toBe(0)
})

test("is broken when the app's own connections of the pool wait for no standby, and kept again", async () => {
  await synchronous(addresses, cluster)
  const on = await hands(instance, 'database')
  const unwaited = (text: string) =>
    text.replace(/^server_reset_query = .*$/m, 'server_reset_query = set synchronous_commit = off')
  await on.edit('engines/pgbouncer/pgbouncer.ini', unwaited)
  await on.reload('pgbouncer')
  const because = "broken: synchronous_commit is off for the app's connections of the pool"
  await expect.poll(() => instance.verdict('database.noLostWrites')).toBe(because)
  await on.converge()
  await expect.poll(() => instance.verdict('database.noLostWrites')).toBe('kept: ')
})

test('names what clients lower of their own accord, and how often', async () => {
  await synchronous(addresses, cluster)
  await withClient(addresses.app, async (client) => {
    await client.query('begin')
    await client.query("set local synchronous_commit to 'local'")
    await client.query('commit')
  })
  const { facts } = (await instance.judgement('database.noLostWrites'))?.evidence ?? {}
  expect(facts?.['waits lowered by clients']).toMatch(/^\d+ times by SET, most by app: set .*synchronous_commit/)
  expect(facts?.['waits cancelled by clients']).toBe(0)
})

test("is broken when the app's role waits for no standby, and kept again", async () => {
  await synchronous(addresses, cluster)
  await asSuperuser('alter role app set synchronous_commit = off')
  await expect.poll(() => instance.verdict('database.noLostWrites')).toBe('broken: synchronous_commit is off for app')
  await asSuperuser('alter role app reset synchronous_commit')
  await withClient(addresses.console, (console_) => console_.query('reconnect app'))
  await expect.poll(() => instance.verdict('database.noLostWrites')).toBe('kept: ')
})

test('is broken when one role may sign in without encryption, or without a password, and kept again', async () => {
  await synchronous(addresses, cluster)
  const on = await hands(instance, 'database')
  const rules = [
    ['host all app_owner 127.0.0.1/32 trust', 'host all app_owner 127.0.0.1 trust'],
    ['local all app_owner peer', 'local all app_owner peer'],
  ] as const
  for (const [index, member] of cluster.members.toReversed().entries()) {
    const [rule, shown] = rules[index % 2] ?? rules[0]
    await on.edit(join('data', member, 'pg_hba.conf'), (text) => `${rule}\n${text}`)
    await withClient(addresses.members[member], (client) => client.query('select pg_reload_conf()'))
    await expect
      .poll(() => instance.verdict('database.encryptedConnections'))
      .toBe(`broken: ${member}: pg_hba.conf lets somebody in without a password (line 1: ${shown})`)
  }
  // What the verdict says to do.
  const { next } = (await instance.judgement('database.encryptedConnections')) ?? {}
  expect(next).toContain('edge deploy database')
  await deployDatabase()
  await expect.poll(() => instance.verdict('database.encryptedConnections')).toBe('kept: ')
})

test('starts an etcd with its lock again that a hand started without, although its files are as they should be', async () => {
  await synchronous(addresses, cluster)
  expect(await instance.verdict('database.encryptedConnections')).toBe('kept: ')
  const on = await hands(instance, 'database')
  const commandOfEtcd = async (): Promise<string> =>
    readFile(`/proc/${await instance.pid('etcd')}/cmdline`, 'utf8').catch(() => '')
  const asConfigured = await readFile(join(instance.state, 's6/etcd/run'), 'utf8')
  await on.edit('s6/etcd/run', (run) => run.replaceAll(/'--(client-cert-auth|trusted-ca-file=[^']*)' /g, ''))
  await on.reload('etcd')
  // The shell that runs the file may not have opened it yet.
  await expect.poll(commandOfEtcd).toMatch(/^etcd\0(?!.*--client-cert-auth)/s)
  await on.edit('s6/etcd/run', () => asConfigured)
  const open = "broken: etcd's port for clients answers a client that shows no certificate"
  await expect.poll(() => instance.verdict('database.encryptedConnections')).toBe(open)
  await on.converge()
  await expect.poll(() => instance.verdict('database.encryptedConnections')).toBe('kept: ')
})

test('is broken as soon as etcd is down, which Patroni does not say for a while, and kept again', async () => {
  await synchronous(addresses, cluster)
  const on = await hands(instance, 'database')
  await on.stop('etcd')
  expect(await instance.verdict('database.standby')).toMatch(/^broken: etcd does not answer, so nobody can take over/)
  await deployDatabase()
  await expect.poll(() => instance.verdict('database.standby')).toBe('kept: ')
})

test('is broken when etcd hangs, and kept again', async () => {
  await synchronous(addresses, cluster)
  const on = await hands(instance, 'database')
  await on.signal('etcd', 'SIGSTOP')
  expect(await instance.verdict('database.standby')).toMatch(/^broken: etcd does not answer, so nobody can take over/)
  await on.signal('etcd', 'SIGCONT')
  await expect.poll(() => instance.verdict('database.standby')).toBe('kept: ')
})

test('says in words, with what to look at, that no Patroni answers', async () => {
  const nobody = { ...cluster, restApi: { ...cluster.restApi, pg1: 'http://127.0.0.1:1', pg2: 'http://127.0.0.1:1' } }
  const said = { name: 'OperatorError', exitCode: 1, hints: ['edge logs pg1', 'edge logs etcd'] }
  await expect(sharedSettings(nobody)).rejects.toMatchObject({ ...said, message: 'no Patroni answers' })
  await expect(changeSharedSettings(nobody, {})).rejects.toMatchObject(said)
})

test('is broken when the pool refuses clients that were to wait, and kept again', async () => {
  await synchronous(addresses, cluster)
  const on = await hands(instance, 'database')
  await on.edit('engines/pgbouncer/pgbouncer.ini', (text) =>
    text.replace(/^max_client_conn = .*$/m, 'max_client_conn = 140'),
  )
  await on.reload('pgbouncer')
  const because = 'broken: the running pool refuses clients beyond 140, not 2000; they do not wait'
  await expect.poll(() => instance.verdict('database.poolMaximum')).toBe(because)
  await on.converge()
  await expect.poll(() => instance.verdict('database.poolMaximum')).toBe('kept: ')
})

test('gives a role back the password that the pool signs in with, when a hand has set it anew', async () => {
  await synchronous(addresses, cluster)
  const asks = () => withClient(addresses.probe, (client) => client.query('select 1')).then(() => 'answered', String)
  await asSuperuser(`alter role edge password '${addresses.edge.password}'`)
  expect(await asks()).toMatch(/password authentication failed/)
  const because = 'broken: edge was given another password than the pool signs in with'
  expect(await instance.verdict('database.poolMinimum')).toBe(because)
  await deployDatabase()
  await expect.poll(asks).toBe('answered')
})

test('takes away rights that a hand has given to a role', async () => {
  await synchronous(addresses, cluster)
  await asSuperuser('alter role app superuser')
  await deployDatabase()
  const rows = withClient(addresses.superuser, async (client) => (await client.query(rightsOfApp)).rows)
  expect(await rows).toEqual([{ super: false }])
})
const rightsOfApp = "select rolsuper as super from pg_roles where rolname = 'app'"

test('is broken while the pool is paused, and kept again', async () => {
  await withClient(addresses.console, (client) => client.query('pause app'))
  expect(await instance.verdict('database.poolMinimum')).toMatch(/^broken: the pool is paused/)
  await deployDatabase()
  expect(await instance.verdict('database.poolMinimum')).not.toMatch(/paused/)
})

const kept: DrillRecord[] = []
const records = recordsIn(kept)
beforeEach(() => kept.splice(0))

const drill = (kind: 'wait' | 'idle', world: World = testWorld().world) =>
  runDrill(poolDrills()[kind], { addresses, settings: databaseSettings.parse({}) }, records, world)

test('lets go of a drill at once when it is interrupted', async () => {
  const { world } = testWorld({ signal: AbortSignal.timeout(500) })
  await expect(drill('wait', world)).rejects.toThrow(Interrupted)
  await expect(drill('idle', world)).rejects.toThrow(Interrupted)
})

test('says that a time is only declared where the drill was made while the pool had another one', async () => {
  await setInPool(await hands(instance, 'database'), 'server_idle_timeout', 5)
  const drilled = JSON.parse((await instance.edge(['drill', 'pool-idle', '--json'])).stdout).drills
  expect(drilled).toMatchObject([{ drill: 'pool-idle', of: { server_idle_timeout: '5 s' } }])
  expect(drilled[0].facts.seconds).toBeLessThan(30)
  await (await hands(instance, 'database')).converge()
  await expect
    .poll(() => instance.judgement('database.poolIdle'))
    .toMatchObject({ verdict: 'kept', evidence: { how: 'declared', facts: { drilled: 'not yet' } } })
})

test('writes nothing down of a drill during which the pool was changed', async () => {
  const drilling = drill('wait')
  drilling.catch(() => undefined)
  await waitsFor('edge_drill')
  await setInPool(await hands(instance, 'database'), 'query_wait_timeout', 2)
  await expect(drilling).rejects.toThrow('query_wait_timeout was changed from 30 s to 2 s while it was measured')
  expect(kept).toEqual([])
  await (await hands(instance, 'database')).converge()
})

test('writes nothing down of a drill during which the pool was restarted', async () => {
  const drilling = drill('wait')
  drilling.catch(() => undefined)
  await waitsFor('edge_drill')
  await (await hands(instance, 'database')).stop('pgbouncer')
  await expect(drilling).rejects.toThrow(/connection/i)
  await deployDatabase()
  expect(kept).toEqual([])
})

test('says that another drill is at it', async () => {
  const stop = new AbortController()
  const drilling = drill('wait', testWorld({ signal: stop.signal }).world)
  drilling.catch(() => undefined)
  await waitsFor('edge_drill')
  await expect(drill('idle')).rejects.toMatchObject({
    name: 'OperatorError',
    message: 'another run measures the pool, and has done so for 15 s',
  })
  stop.abort()
  await expect(drilling).rejects.toThrow(Interrupted)
})

/** Until a client of this database of the pool waits for a connection. */
const waitsFor = (base: string) =>
  expect
    .poll(async () => {
      const rows = await showConsole(addresses.console, 'clients')
      return rows.some((row) => row['database'] === base && row['state'] === 'waiting')
    })
    .toBe(true)

test('writes down that a drill waited in vain, and is broken from then on', async () => {
  const settings = databaseSettings.parse({})
  const pool = { ...settings.pool, wait: milliseconds(1000) }
  const drilling = runDrill(
    poolDrills(0).wait,
    { addresses, settings: { ...settings, pool } },
    records,
    testWorld().world,
  )
  await expect(drilling).rejects.toThrow('the client still waited after 1 s')
  expect(kept).toMatchObject([{ facts: { seconds: 1 } }])
  expect(judgeDrill('wait', kept[0], 30, {})).toMatchObject({
    is: 'broken',
    because: 'when it was tried, a client waited for 1 s',
  })
})
