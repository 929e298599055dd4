import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sendSignal, signalIfThere } from '../../src/core/process.ts'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import { secretsOf } from '../../src/core/reserved.ts'
import { connect, withClient } from '../../src/engines/postgres.ts'
import { project, TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import type { Addresses } from './addresses.ts'
import { synchronousInEtcd } from './ask-etcd.ts'
import { type Cluster, sharedSettings, statusOf } from './cluster.ts'
import { untilAllFollow } from './followers.ts'
import { postgresOf } from './proofs/freeze.ts'
import { synchronous } from './kill-primary.ts'
import type { Member } from './members.ts'
import { databaseReserved } from './reserved.ts'
import { powerFails } from './proofs/power.ts'
import { addressesIn, clusterIn } from './sabotage.ts'
import { startWriting } from './write-load.ts'

const run = promisify(execFile)
const writers = 8
const slowly = { timeout: 120_000, interval: 200 }
const soon = { timeout: 60_000, interval: 200 }

let instance: TestInstance
let on: Sabotaged
let addresses: Addresses
let cluster: Cluster
const measured: object[] = []

beforeAll(async () => {
  instance = await TestInstance.make('database: { replicas: 1 },')
  // Without the agent, which would help unasked. It ends with 1: nobody keeps the pool at its minimum.
  await instance.edge(['deploy', 'database', '--yes'])
  on = await hands(instance, 'database')
  ;[addresses, cluster] = [addressesIn(on), clusterIn(on)]
})
afterAll(async () => {
  await leaveReport('faults', measured)
  await instance.remove()
})

const sleep = (ms: number): Promise<void> => wait(ms)

/** Who is what, once all of them are there. */
async function roles(): Promise<{ primary: Member; standby: Member; replica: Member }> {
  const { primary, name: standby } = await synchronous(addresses, cluster)
  expect(await untilAllFollow({ addresses, cluster }, 120_000, sleep)).toEqual([])
  const replica = cluster.members.find((member) => member !== primary && member !== standby)
  if (replica === undefined) throw new Error('there is no third member')
  return { primary, standby, replica }
}

const start = (member: Member) => on.run(['s6-svc', '-u', join(instance.state, 's6', member)])
const asSuperuser = (sql: string) => withClient(addresses.superuser, async (client) => (await client.query(sql)).rows)
const leads = async (): Promise<Member | undefined> =>
  (await statusOf(cluster)).find(({ role }) => role === 'primary')?.member

/** Has clients write while something is done, and answers how many acknowledged writes are gone afterwards. */
async function underWrites(title: string, work: () => Promise<void>): Promise<number> {
  const load = await startWriting({ ...addresses.edge, database: 'app' }, writers)
  await load.acknowledges(200, 60_000)
  const failed = await work().then(
    () => undefined,
    (error: unknown) => error,
  )
  const late = failed === undefined ? await load.acknowledges(200, 120_000).catch((error: unknown) => error) : undefined
  const { acknowledged, lost, longestGapMs, errors } = await load.stop().catch((error: unknown) => {
    // What failed first says more than that nobody can be asked what is lost.
    throw failed ?? late ?? error
  })
  measured.push({ title, acknowledged, lost, longestGapMs: Math.round(longestGapMs), errors: errors.length })
  for (const problem of [failed, late]) if (problem !== undefined) throw problem
  return lost
}

describe('members that are stopped', () => {
  const orders = [
    ['primary', 'standby', 'replica'],
    ['primary', 'replica', 'standby'],
    ['standby', 'primary', 'replica'],
    ['standby', 'replica', 'primary'],
    ['replica', 'primary', 'standby'],
    ['replica', 'standby', 'primary'],
  ] as const

  test.each(orders)('have a leader again, with every acknowledged write: %s, %s, %s', async (...order) => {
    const before = await roles()
    const lost = await underWrites(`stopped: ${order.join(', ')}`, async () => {
      for (const role of order) await on.stop(before[role])
      // In the order in which they went: the one that knows most comes last.
      for (const role of order) await start(before[role])
      await expect.poll(leads, slowly).toBeDefined()
      await synchronous(addresses, cluster)
    })
    expect(lost).toBe(0)
    await roles()
  })

  test('have status print who may lead where that one is away, and lead again by what it prints', async () => {
    const { primary, standby, replica } = await roles()
    for (const member of [standby, replica]) await on.stop(member)
    await expect.poll(async () => (await synchronousInEtcd(cluster)).standbys, soon).toEqual([])
    await on.stop(primary)
    for (const member of [standby, replica]) await start(member)
    const runs = async () => (await statusOf(cluster)).filter(({ state }) => state === 'running').length
    await expect.poll(runs, soon).toBe(2)
    const { code, stdout } = await instance.edge(['database', 'status'])
    expect([code, stdout]).toEqual([1, expect.stringContaining(`only ${primary} has every acknowledged write`)])
    expect(stdout).toContain('edge deploy database starts what does not run')
    expect(await leads()).toBeUndefined()
    await instance.edge(['deploy', 'database', '--yes'])
    expect((await roles()).primary).toBe(primary)
  })

  test('have no leader where the primary and a standby are lost at once, until one of these is back', async () => {
    const before = await roles()
    const lost = await underWrites('the primary and a standby are lost at once', async () => {
      await expect.poll(async () => (await synchronousInEtcd(cluster)).quorum, soon).toBe(1)
      const gone = [before.primary, before.standby]
      for (const member of gone) await on.run(['s6-svc', '-O', join(instance.state, 's6', member)])
      const pids = gone.map(async (member) => [
        await instance.pid(member),
        ...(await postgresOf(instance.state, member)),
      ])
      for (const pid of (await Promise.all(pids)).flat()) signalIfThere(pid, 'SIGKILL')
      const says = async () => (await instance.edge(['database', 'status'])).stdout
      await expect.poll(says, soon).toContain(`together, have every acknowledged write, and none of them runs but`)
      // Longer than the lease, at whose end the other one looks whether it may lead.
      await wait(25_000)
      expect(await leads()).toBeUndefined()
      await start(before.standby)
      await expect.poll(leads, slowly).toBeDefined()
    })
    expect(lost).toBe(0)
    await start(before.primary)
    await roles()
  })

  test('are led by one that lacks writes only where a hand says so, by the command of the runbook', async () => {
    const { primary, standby, replica } = await roles()
    for (const member of [standby, replica]) await on.stop(member)
    await expect.poll(async () => (await synchronousInEtcd(cluster)).standbys, soon).toEqual([])
    await on.stop(primary)
    const data = join(instance.state, 'data', primary)
    await rename(data, `${data}.lost`)
    for (const member of [standby, replica]) await start(member)
    const says = async () => (await instance.edge(['database', 'status'])).stdout
    await expect.poll(says, soon).toContain('docs/runbooks/database-failover.md')
    const runbook = await readFile(join(project, 'docs/runbooks/database-failover.md'), 'utf8')
    const [, command = ''] = /^(runuser -u edge .*failover edge --candidate pg2 --force)$/m.exec(runbook) ?? []
    const { user } = on.instance
    const ours = command
      .replace('-u edge', `-u ${user.name}`)
      .replace('127.0.0.1:7400', new URL(cluster.etcd.url).host)
      .replace('CLONE', project)
      .replace('STATE', instance.state)
      .replaceAll('pg2', standby)
    await run('sh', ['-c', ours])
    await expect.poll(leads, soon).toBe(standby)
    await instance.edge(['deploy', 'database', '--yes'])
    expect((await roles()).primary).toBe(standby)
    await rm(`${data}.lost`, { recursive: true })
  })
})

test('lose no acknowledged write where each new primary is killed as soon as it has acknowledged', async () => {
  await roles()
  const lost = await underWrites('eight primaries killed one after the other', async () => {
    const more = await startWriting({ ...addresses.edge, database: 'app' }, writers, 8000, 'edge.more_writes')
    for (let killed = 0; killed < 8; killed += 1) {
      await more.acknowledges(10, 120_000)
      const primary = await leads()
      if (primary === undefined) continue
      const [postmaster] = await postgresOf(instance.state, primary)
      sendSignal(Number(postmaster), 'SIGKILL')
    }
    await more.acknowledges(10, 120_000)
    expect((await more.stop()).lost).toBe(0)
  })
  expect(lost).toBe(0)
  await roles()
})

describe('when the power fails', () => {
  test.each([0, 200, 500, 800, 1200, 2000])(
    'so many ms after the primary was killed (%i), a leader is there again with every acknowledged write',
    async (afterMs) => {
      const { primary } = await roles()
      const lost = await underWrites(`the power fails ${afterMs} ms after the primary was killed`, async () => {
        const [postmaster] = await postgresOf(instance.state, primary)
        sendSignal(Number(postmaster), 'SIGKILL')
        await wait(afterMs)
        await powerFails(instance.state)
        await instance.edge(['deploy', 'database', '--yes'])
        await synchronous(addresses, cluster)
      })
      expect(lost).toBe(0)
    },
  )

  test.each(['standby', 'replica'] as const)('while the %s comes back, a leader is there again', async (role) => {
    const before = await roles()
    const lost = await underWrites(`the power fails while the ${role} comes back`, async () => {
      await on.stop(before[role])
      await start(before[role])
      // Within the round in which Patroni writes down who is waited for.
      const streams = () =>
        asSuperuser(`select from pg_stat_replication where application_name = '${before[role]}'`).then(
          ({ length }) => length,
        )
      await expect.poll(streams, soon).toBe(1)
      await powerFails(instance.state)
      await instance.edge(['deploy', 'database', '--yes'])
      await synchronous(addresses, cluster)
    })
    expect(lost).toBe(0)
  })
})

describe('with one member left', () => {
  // Whatever became of the others.
  afterEach(() => on.converge())

  /** Patroni's strict mode names everybody then: whoever reports what it has written would acknowledge. */
  const alone = async (): Promise<Member> => {
    const { primary, standby, replica } = await roles()
    for (const member of [standby, replica]) await on.stop(member)
    const names = async () => (await asSuperuser('show synchronous_standby_names'))[0]
    await expect.poll(names, soon).toEqual({ synchronous_standby_names: 'ANY 1 (*)' })
    return primary
  }
  const receivers = async () => (await asSuperuser('select from pg_stat_replication')).length
  const write = () =>
    withClient(addresses.edge, (client) =>
      client.query('insert into edge.marker (id) values (gen_random_uuid())'),
    ).then(() => 'acknowledged')
  /** A program of PostgreSQL's that takes the log from this member, and how to end it. */
  const takes = (program: string, from: Member, ...args: readonly string[]) => {
    const { port, ca } = addresses.members[from]
    const source = `host=127.0.0.1 port=${port} user=replicator sslmode=verify-full sslrootcert=${ca}`
    const { uid, gid } = on.instance.user
    const as = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--']
    const started = spawn('setpriv', [...as, join(postgresPrograms, program), '-d', source, ...args], {
      stdio: 'ignore',
      // pg_basebackup has the log come by a process of its own, which goes on without the one that began it.
      detached: true,
      // libpq looks for a certificate at home, which is another user's.
      env: { ...process.env, HOME: instance.state, PGPASSWORD: secretsOf(on.instance, databaseReserved).replication },
    })
    const ended = once(started, 'exit')
    return {
      end: async () => {
        if (started.exitCode === null && started.signalCode === null) sendSignal(-Number(started.pid), 'SIGKILL')
        await ended
      },
    }
  }

  test('a copy that is being made acknowledges no commit, and readers are led to the primary', async () => {
    const primary = await alone()
    const reads = () =>
      withClient(addresses.reader, async (client) => {
        const { rows } = await client.query<{ port: number }>("select current_setting('port')::int as port")
        return rows[0]?.port
      })
    await expect.poll(reads, soon).toBe(addresses.members[primary].port)
    const copy = join(instance.state, 'data', 'copy')
    // As Patroni makes one (`no-slot`), and so slowly that it goes on meanwhile.
    const clone = takes('pg_basebackup', primary, '-D', copy, '-X', 'stream', '--no-slot', '-c', 'fast', '-r', '1M')
    const whileCopied = async () => {
      await expect.poll(receivers, soon).toBe(2)
      const written = write()
      expect(await Promise.race([written, wait(5000, 'waits')])).toBe('waits')
      expect(await receivers()).toBe(2)
      return { written }
    }
    const { written } = await whileCopied().finally(clone.end)
    await expect.poll(receivers, soon).toBe(0)
    await on.converge()
    expect(await written).toBe('acknowledged')
    await rm(copy, { recursive: true, force: true })
  })

  test('whoever else acknowledges is named by noLostWrites', async () => {
    const primary = await alone()
    const folder = join(instance.state, 'data', 'received')
    await on.run(['mkdir', folder])
    await asSuperuser("select pg_create_physical_replication_slot('a_hand')")
    const receiver = takes('pg_receivewal', primary, '-D', folder, '--slot', 'a_hand', '--synchronous')
    const whileReceived = async () => {
      expect(await write()).toBe('acknowledged')
      const judged = await instance.judgement('database.noLostWrites')
      expect(judged).toMatchObject({
        verdict: 'broken',
        because: 'commits wait for pg_receivewal, which is no member: what it has nobody takes over with',
        next: expect.stringContaining('end pg_receivewal'),
      })
    }
    await whileReceived().finally(receiver.end)
    await expect.poll(receivers, soon).toBe(0)
    await asSuperuser("select pg_drop_replication_slot('a_hand')")
    await on.converge()
    await rm(folder, { recursive: true })
  })

  test('a commit that waits, and whose client cancels it, is counted by noLostWrites', async () => {
    const cancelled = async () => {
      const judged = await instance.judgement('database.noLostWrites')
      return Number(judged?.evidence?.facts['waits cancelled by clients'])
    }
    await roles()
    const before = await cancelled()
    await alone()
    const client = await connect(addresses.app)
    await client.query('begin')
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    await client.query("select pg_logical_emit_message(true, 'test', 'waits')")
    const commits = client.query('commit').catch((error: unknown) => error)
    const pid = Number(rows[0]?.pid)
    const waits = async () =>
      (await asSuperuser(`select from pg_stat_activity where pid = ${pid} and wait_event = 'SyncRep'`)).length
    await expect.poll(waits, soon).toBe(1)
    await asSuperuser(`select pg_cancel_backend(${pid})`)
    // It is acknowledged, on one member alone.
    expect(await commits).toMatchObject({ command: 'COMMIT' })
    await client.end()
    await on.converge()
    await roles()
    expect(await cancelled()).toBe(before + 1)
  })
})

test('lets no other user of the machine to its sockets, and says where a hand has opened their folder', async () => {
  await roles()
  const folder = join(instance.state, 'run')
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--', 'psql', '-h', folder]
  const port = String(addresses.members.pg1.port)
  const asNobody = () =>
    run('setpriv', [...nobody, '-p', port, '-U', 'postgres', '-w', '-c', 'select 1']).then(
      () => 'let in',
      (error: unknown) => String(error),
    )
  const verdict = () => instance.judgement('database.network')
  expect(await asNobody()).toContain('Permission denied')
  expect(await verdict()).toMatchObject({ verdict: 'kept' })
  for (const opened of [instance.state, folder]) await chmod(opened, 0o755)
  // The password is asked for all the same.
  expect(await asNobody()).toContain('Permission denied')
  expect(await verdict()).toMatchObject({ verdict: 'broken', next: `chmod 700 ${folder}` })
  for (const closed of [folder, instance.state]) await chmod(closed, 0o700)
  expect(await verdict()).toMatchObject({ verdict: 'kept' })
})

test.each(['failover', 'switchover', 'staleness'])(
  'drill %s says whom it disturbs, and does nothing unasked',
  async (name) => {
    const { primary } = await roles()
    const { code, stderr } = await instance.edge(['drill', name])
    expect([code, stderr]).toEqual([2, expect.stringMatching(/clients|readers/)])
    expect(stderr).toContain('edge drill --yes')
    expect((await roles()).primary).toBe(primary)
  },
)

test('takes a parameter back with which a member does not start, and restarts no other one', async () => {
  const { primary } = await roles()
  const begun = async () => (await asSuperuser('select pg_postmaster_start_time()::text as at'))[0]?.at
  const before = await begun()
  const text = await readFile(instance.file, 'utf8')
  // It is a library that there is none of: nobody knows before a server begins with it.
  const own = "parameters: { shared_preload_libraries: 'pg_stat_statements,not_there', work_mem: '9MB' }"
  await writeFile(instance.file, text.replace('replicas: 1 ', `replicas: 1, ${own} `))
  const { code, stderr } = await instance.edge(['deploy', 'database', '--yes'])
  expect([code, stderr]).toEqual([1, expect.stringMatching(/database\.parameters: pg\d did not come back with them/)])
  expect(stderr).toContain('those of before were put back')
  await writeFile(instance.file, text)
  expect((await roles()).primary).toBe(primary)
  expect(await begun()).toBe(before)
  expect(JSON.stringify(await sharedSettings(cluster))).not.toContain('not_there')
  await instance.edge(['deploy', 'database', '--yes'])
  expect(await instance.judgement('database.parameters')).toMatchObject({ verdict: 'kept' })
})
