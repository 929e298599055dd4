import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Addresses } from './addresses.ts'
import { switchOver } from './cluster.ts'
import { synchronous } from './kill-primary.ts'
import { whileAllHaveAll } from './named-successor.ts'
import { startReading } from './read-load.ts'
import { addressesIn, clusterIn } from './sabotage.ts'
import { startWriting } from './write-load.ts'

const clients = 8
const acknowledgesWithinMs = 60_000
/** An HAProxy that was told to read its configuration anew cuts after 30 s what went through the one before. */
const untilOldConnectionsEndMs = 35_000

let instance: TestInstance
let addresses: Addresses
const measured: object[] = []

beforeAll(async () => {
  instance = await TestInstance.make('database: { replicas: 1 },')
  await instance.edge(['deploy', 'database', '--yes'])
  addresses = addressesIn(await hands(instance))
})
afterAll(async () => {
  await leaveReport('scale-out', measured)
  await instance.remove()
})

async function scaleTo(replicas: number): Promise<void> {
  const text = await readFile(instance.file, 'utf8')
  await writeFile(instance.file, text.replace(/replicas: [123] /, `replicas: ${replicas} `))
}

/** Deploys, with what writes and reads through the pool meanwhile and for so long as anything old could be cut. */
async function deployedUnderLoad(title: string) {
  const writing = await startWriting({ ...addresses.edge, database: 'app' }, clients)
  const reading = startReading(addresses.appReader, 'select count(*) from pg_roles', clients)
  await writing.acknowledges(100, acknowledgesWithinMs)
  const begun = performance.now()
  const ran = await instance.edge(['deploy', 'database', '--yes'])
  const tookMs = Math.round(performance.now() - begun)
  const end = begun + tookMs + untilOldConnectionsEndMs
  while (performance.now() < end) await writing.acknowledges(1, acknowledgesWithinMs)
  const [written, read] = [await writing.stop(), await reading.stop()]
  const { acknowledged, lost } = written
  const failed = [...written.errors, ...read.errors]
  measured.push({ title, acknowledged, read: read.answered, lost, failed, longestGapMs: written.longestGapMs, tookMs })
  if (ran.code === 2) throw new Error(`edge deploy: ${ran.stderr}`)
  return { lost, failed }
}

const slots = (): Promise<readonly string[]> =>
  withClient(addresses.superuser, async (client) => {
    const { rows } = await client.query<{ name: string }>('select slot_name as name from pg_replication_slots')
    return rows.map(({ name }) => name)
  })

test('gains a second replica while clients write and read, without a failed request', async () => {
  await scaleTo(2)
  expect(await deployedUnderLoad('from one replica to two')).toEqual({ lost: 0, failed: [] })
  const judged = await instance.verify('database.readReplica', 'database.boundedStaleness', 'database.noLostWrites')
  expect(judged.get('database.readReplica')).toMatchObject({ verdict: 'kept', evidence: { facts: { replicas: 2 } } })
  expect(judged.get('database.boundedStaleness')?.verdict).toBe('kept')
})

test('asks before a member leaves, and changes nothing where nobody answers', async () => {
  await scaleTo(1)
  const ran = await instance.edge(['deploy', 'database'])
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('database.replicas')])
  expect(await readdir(join(instance.state, 'data'))).toContain('pg4')
})

test('lets the member go again that is the primary, with its slot and its copy, without a failed request', async () => {
  await scaleTo(2)
  const cluster = clusterIn(await hands(instance))
  const { primary } = await synchronous(addresses, cluster)
  await whileAllHaveAll(cluster, 'pg4', () => switchOver(cluster, primary, 'pg4'), { sleep: (ms) => wait(ms) })
  await expect.poll(async () => (await synchronous(addresses, cluster)).primary, { timeout: 30_000 }).toBe('pg4')
  await scaleTo(1)
  expect(await deployedUnderLoad('from two replicas to one')).toEqual({ lost: 0, failed: [] })
  expect(await readdir(join(instance.state, 'data'))).not.toContain('pg4')
  expect(await slots()).not.toContain('pg4')
  expect(JSON.parse((await instance.edge(['deploy', 'database', '--yes', '--json'])).stdout)).toMatchObject({
    changed: 0,
  })
})
