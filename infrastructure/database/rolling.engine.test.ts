import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { project, TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Addresses } from './addresses.ts'
import type { Cluster } from './cluster.ts'
import { synchronous } from './kill-primary.ts'
import { showConsole } from './pool-console.ts'
import { startReading } from './read-load.ts'
import { startWriting } from './write-load.ts'
import { addressesIn, clusterIn } from './sabotage.ts'

const clients = 8
const acknowledgesWithinMs = 60_000
const longestPauseMs = 15_000
/** Clients of the pool wait for a connection that long: one that waits for a planned change is no failed request. */
const clientWaitsMs = 30_000

let instance: TestInstance
let addresses: Addresses
let cluster: Cluster

beforeAll(async () => {
  instance = await TestInstance.make()
  // With the agent: it is the client that the pool keeps its connections for.
  await instance.must('deploy', 'database', 'monitoring', '--yes')
  const on = await hands(instance)
  addresses = addressesIn(on)
  cluster = clusterIn(on)
})
afterAll(() => instance.remove())

/** As after an update of edge: the services are not what they would be rendered to now. */
async function changeBothServices(): Promise<void> {
  const on = await hands(instance)
  for (const member of cluster.members) await on.edit(`s6/${member}/environment/PYTHONUNBUFFERED`, () => 'before\n')
}

const pids = () => Promise.all(cluster.members.map((member) => instance.pid(member)))

async function isPaused(name: string): Promise<boolean> {
  const rows = await showConsole(addresses.console, 'databases')
  return rows.some((row) => row['name'] === name && Number(row['paused']) === 1)
}

/** What writes and reads through the pool while something is done. */
async function underLoad(work: () => Promise<void>) {
  const writing = await startWriting({ ...addresses.edge, database: 'app' }, clients, clientWaitsMs)
  const reading = startReading(addresses.appReader, 'select count(*) from pg_roles', clients)
  await writing.acknowledges(100, acknowledgesWithinMs)
  const failed = await work().then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failed === undefined) await writing.acknowledges(100, acknowledgesWithinMs)
  const [written, read] = [await writing.stop(), await reading.stop()]
  if (failed !== undefined) throw failed
  return { lost: written.lost, failed: [...written.errors, ...read.errors], longestGapMs: written.longestGapMs }
}

test('restarts both members without a failed request: the standby, a switchover, the former primary', async () => {
  const before = await synchronous(addresses, cluster)
  const pidsBefore = await pids()
  await changeBothServices()
  const seen = await underLoad(async () => void (await instance.must('deploy', 'database', '--yes')))
  expect(seen).toMatchObject({ lost: 0, failed: [] })
  expect(seen.longestGapMs).toBeLessThan(longestPauseMs)
  const pidsAfter = await pids()
  expect(pidsAfter.filter((pid) => pidsBefore.includes(pid))).toEqual([])
  expect(await synchronous(addresses, cluster)).toEqual({ name: before.primary, primary: before.name })
})

const moments = [
  ['the readers are paused', () => isPaused('app_ro')],
  ['a member is down', async () => (await instance.status()).engines.some(({ state }) => state === 'down')],
  ['everybody is paused', () => isPaused('app')],
] as const

test.each(moments)('lets the pool go on, and is taken up again, when it is killed while %s', async (_, come) => {
  await synchronous(addresses, cluster)
  const pidsBefore = await pids()
  await changeBothServices()
  const seen = await underLoad(async () => {
    const child = spawn(join(project, 'edge'), ['deploy', 'database', '--yes', '--config', instance.file], {
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    for (let here = false; !here && child.exitCode === null; here = await come()) await wait(10)
    child.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    await expect.poll(async () => (await isPaused('app')) || (await isPaused('app_ro'))).toBe(false)
    await instance.must('deploy', 'database', '--yes')
  })
  expect(seen.lost).toBe(0)
  const pidsAfter = await pids()
  expect(pidsAfter.filter((pid) => pidsBefore.includes(pid))).toEqual([])
  await synchronous(addresses, cluster)
  expect(JSON.parse((await instance.edge(['deploy', 'database', '--yes', '--json'])).stdout)).toMatchObject({
    changed: 0,
  })
})

test('has the standby lead when it is asked to, without a failed request, and says how long writes waited', async () => {
  const before = await synchronous(addresses, cluster)
  let said = ''
  const seen = await underLoad(async () => void (said = (await instance.must('switchover', '--json')).stdout))
  expect(JSON.parse(said)).toMatchObject({ from: before.primary, to: before.name, failed: [], lost: 0, changed: true })
  expect(JSON.parse(said).gapMs).toBeGreaterThan(100)
  expect(seen).toMatchObject({ lost: 0, failed: [] })
  expect(await synchronous(addresses, cluster)).toEqual({ name: before.primary, primary: before.name })
  expect((await instance.must('switchover', '--to', before.name)).stdout).toContain('nothing was changed')
  expect(await instance.edge(['switchover', '--to', 'pg9'])).toMatchObject({ code: 2 })
})

test('lets a pool go on that a hand has paused and forgotten', async () => {
  await withClient(addresses.console, (console_) => console_.query('pause app'))
  await instance.must('deploy', 'database', '--yes')
  expect(await isPaused('app')).toBe(false)
})

test('restarts the primary where it is for a parameter that asks for it, without a failed request', async () => {
  const { primary } = await synchronous(addresses, cluster)
  const text = await readFile(instance.file, 'utf8')
  const own = 'database: { replicas: 0, parameters: { max_worker_processes: 9 } },'
  await writeFile(instance.file, text.replace(/\n}\n$/, `\n  ${own}\n}\n`))
  const seen = await underLoad(async () => void (await instance.must('deploy', 'database', '--yes')))
  expect(seen).toMatchObject({ lost: 0, failed: [] })
  for (const member of cluster.members) {
    const { rows } = await withClient(addresses.members[member], (client) =>
      client.query("select current_setting('max_worker_processes') as workers"),
    )
    expect(rows).toEqual([{ workers: '9' }])
  }
  expect((await synchronous(addresses, cluster)).primary).toBe(primary)
})
