import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { messageOf } from '../../src/core/errors.ts'
import { connect, withClient } from '../../src/engines/postgres.ts'
import { project, TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Addresses } from './addresses.ts'
import { startupOf } from './causes.ts'
import { type Cluster, sharedSettings } from './cluster.ts'
import { synchronous } from './kill-primary.ts'
import { paused } from './pause.ts'
import { showConsole } from './pool-console.ts'
import { addressesIn, clusterIn } from './sabotage.ts'

let instance: TestInstance
let addresses: Addresses
let cluster: Cluster

beforeAll(async () => {
  instance = await TestInstance.make('database: { replicas: 1 },')
  await instance.must('deploy', 'database', 'monitoring', '--yes')
  const on = await hands(instance)
  addresses = addressesIn(on)
  cluster = clusterIn(on)
})
afterAll(() => instance.remove())

async function isPaused(): Promise<boolean> {
  const rows = await showConsole(addresses.console, 'databases')
  return rows.some((row) => Number(row['paused']) === 1)
}

/** Who was told to go on before there is a new primary is refused, and tries again. */
const answers = () =>
  expect
    .poll(() =>
      withClient(addresses.app, (client) => client.query('select 1')).then(
        () => 'answers',
        (error: unknown) => messageOf(error),
      ),
    )
    .toBe('answers')

/** Begins a switchover, and does something as soon as the pool is paused. */
async function interrupted(signal: NodeJS.Signals) {
  const child = spawn(join(project, 'edge'), ['switchover', '--config', instance.file], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  for (let here = false; !here && child.exitCode === null; here = await isPaused()) await wait(10)
  child.kill(signal)
  return ended
}

test.each([
  ['SIGKILL', [null, 'SIGKILL']],
  ['SIGINT', [130, null]],
] as const)('never leaves the pool paused when it gets %s in the middle', async (signal, end) => {
  await synchronous(addresses, cluster)
  expect(await interrupted(signal)).toEqual(end)
  await expect.poll(isPaused).toBe(false)
  await answers()
  await synchronous(addresses, cluster)
  // And it can be done again.
  await instance.must('switchover')
})

test('has the pool go on, although what held it was killed', async () => {
  await synchronous(addresses, cluster)
  const child = spawn(join(project, 'edge'), ['switchover', '--config', instance.file], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  let holder: number | undefined
  while (holder === undefined && child.exitCode === null) {
    await wait(10)
    if (!(await isPaused())) continue
    holder = await holderBelow(Number(child.pid))
  }
  process.kill(Number(holder), 'SIGKILL')
  await ended
  expect(await isPaused()).toBe(false)
  await answers()
})

/** The process that holds the pool, of those that one has started. */
async function holderBelow(pid: number): Promise<number | undefined> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).split(' ')
  for (const child of children.filter(Boolean).map(Number)) {
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')
    if (command.includes('hold-pool.ts')) return child
    const below = await holderBelow(child)
    if (below !== undefined) return below
  }
  return undefined
}

test('changes nothing, and names the transaction, where one does not end', async () => {
  const before = await synchronous(addresses, cluster)
  const client = await connect(addresses.app)
  await client.query('begin')
  await client.query('select 1')
  const { code, stderr } = await instance.edge(['switchover'])
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/a transaction of app has gone on/) })
  expect(stderr).toContain('pg_terminate_backend')
  expect(await isPaused()).toBe(false)
  await client.query('commit')
  await client.end()
  expect((await synchronous(addresses, cluster)).primary).toBe(before.primary)
})

test('changes nothing where a hand lets the pool go on before it is paused', async () => {
  const before = await synchronous(addresses, cluster)
  const client = await connect(addresses.app)
  await client.query('begin')
  await client.query('select 1')
  const ran = instance.edge(['switchover'])
  // It is asked to pause all of them, and waits for the transaction.
  const asked = async () => {
    const rows = await showConsole(addresses.console, 'databases')
    return paused.all.every((name) => rows.some((row) => row['name'] === name && Number(row['paused']) === 1))
  }
  try {
    // On a busy machine it takes its time; after a minute PostgreSQL ends the transaction.
    await expect.poll(asked, { timeout: 50_000, interval: 20 }).toBe(true)
    await withClient(addresses.console, async (console_) => {
      for (const name of paused.all) await console_.query(`resume ${name}`).catch(() => undefined)
    })
    await client.query('commit')
  } finally {
    await client.end()
    await ran
  }
  expect(await ran).toMatchObject({ code: 1, stderr: expect.stringContaining('could not be held') })
  expect(await isPaused()).toBe(false)
  expect((await synchronous(addresses, cluster)).primary).toBe(before.primary)
})

test('refuses where nobody could take over, while writes go on', async () => {
  const before = await synchronous(addresses, cluster)
  const on = await hands(instance, 'database')
  await on.stop('etcd')
  try {
    for (const args of [['switchover'], ['drill', 'failover', '--yes']]) {
      const { code, stderr } = await instance.edge(args)
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('etcd does not answer') })
    }
    const write = 'insert into edge.marker (id) values (gen_random_uuid())'
    await withClient(addresses.edge, (client) => client.query(write))
  } finally {
    await on.converge()
  }
  expect((await synchronous(addresses, cluster)).primary).toBe(before.primary)
})

test('has the replica lead where that is asked for, and waits for two members again', async () => {
  const before = await synchronous(addresses, cluster)
  const [third] = cluster.members.filter((member) => member !== before.primary && member !== before.name)
  const { stdout } = await instance.must('switchover', '--to', String(third), '--json')
  expect(JSON.parse(stdout)).toMatchObject({ from: before.primary, to: third, failed: [], lost: 0 })
  expect((await synchronous(addresses, cluster)).primary).toBe(third)
  expect((await sharedSettings(cluster))['synchronous_node_count']).toBe(1)
})

test('lowers by itself what a switchover has raised that was killed', async () => {
  const waitedFor = async () => Number((await sharedSettings(cluster))['synchronous_node_count'])
  const before = await synchronous(addresses, cluster)
  const [third] = cluster.members.filter((member) => member !== before.primary && member !== before.name)
  const child = spawn(join(project, 'edge'), ['switchover', '--to', String(third), '--config', instance.file], {
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  while (child.exitCode === null && (await waitedFor()) === 1) await wait(10)
  child.kill('SIGKILL')
  expect(await ended).toEqual([null, 'SIGKILL'])
  expect(await waitedFor()).toBe(2)
  // The agent sees it with two of its heartbeats.
  await expect.poll(waitedFor, { timeout: 60_000 }).toBe(1)
  await synchronous(addresses, cluster)
})

/** `T`: it is stopped. */
async function stateOf(pid: number): Promise<string> {
  return /\) (\S)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? ''
}

test.each(['SIGKILL', 'SIGINT'] as const)(
  'has the replay go on when the drill that stopped it gets %s',
  async (signal) => {
    const before = await synchronous(addresses, cluster)
    const [third] = cluster.members.filter((member) => member !== before.primary && member !== before.name)
    const startup = Number(await startupOf(join(instance.state, 'data', String(third))))
    const child = spawn(join(project, 'edge'), ['drill', 'staleness', '--yes', '--config', instance.file], {
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    while (child.exitCode === null && (await stateOf(startup)) !== 'T') await wait(10)
    child.kill(signal)
    await ended
    await expect.poll(() => stateOf(startup), { timeout: 10_000 }).not.toBe('T')
    // And it can be done again.
    await instance.must('drill', 'staleness', '--yes')
  },
)

test('can be drilled again when a drill was killed after it had killed the primary', async () => {
  const before = await synchronous(addresses, cluster)
  const file = join(instance.state, 'data', before.primary, 'postmaster.pid')
  const postmaster = Number((await readFile(file, 'utf8')).split('\n')[0])
  const child = spawn(join(project, 'edge'), ['drill', 'failover', '--yes', '--config', instance.file], {
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  while (child.exitCode === null && (await stateOf(postmaster).catch(() => 'gone')) !== 'gone') await wait(10)
  child.kill('SIGKILL')
  await ended
  // Until then it would refuse: nobody could take over.
  await synchronous(addresses, cluster)
  const { stdout } = await instance.must('drill', 'failover', '--yes', '--json')
  expect(JSON.parse(stdout).drills[0].facts).toMatchObject({ lost: 0 })
})
