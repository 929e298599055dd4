import { sendSignal } from '../../src/core/process.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Addresses } from './addresses.ts'
import { changeSharedSettings, type Cluster, statusOf } from './cluster.ts'
import { postgresOf } from './proofs/freeze.ts'
import { synchronous } from './kill-primary.ts'
import type { Member } from './members.ts'
import { addressesIn, clusterIn } from './sabotage.ts'

let instance: TestInstance
let addresses: Addresses
let cluster: Cluster

beforeAll(async () => {
  instance = await TestInstance.make()
  // Without the agent, which would help unasked.
  await instance.edge(['deploy', 'database', '--yes'])
  const on = await hands(instance, 'database')
  ;[addresses, cluster] = [addressesIn(on), clusterIn(on)]
})
afterAll(() => instance.remove())

const soon = { timeout: 90_000, interval: 200 }

const at = (member: Member, sql: string) =>
  withClient(addresses.members[member], async (client) => (await client.query(sql)).rows)

const endSegment = (member: Member) =>
  at(member, "select pg_logical_emit_message(true, 'test', 'fills'), pg_switch_wal()")

/** Patroni keeps no less of the log. */
const least = { wal_keep_size: '16MB', checkpoint_timeout: '30s' }

/**
 * Until its last checkpoint took so long that it ended in another segment than it began in, as with much to write: a rewind
 * keeps the log from its end on, and what it leaves begins where that checkpoint began.
 */
async function longCheckpoint(primary: Member): Promise<void> {
  await at(primary, 'create table filler (number int)')
  const isLong = async () => {
    await at(primary, 'insert into filler select generate_series(1, 50000)')
    await endSegment(primary)
    const [seen] = await at(
      primary,
      'select checkpoint_lsn - redo_lsn > 2 * 16777216 as yes from pg_control_checkpoint()',
    )
    return seen?.yes
  }
  await expect.poll(isLong, { timeout: 150_000, interval: 3000 }).toBe(true)
}

test('has a primary back that hung until nobody had the log any more that it needs after its rewind', async () => {
  const { primary, name } = await synchronous(addresses, cluster)
  await changeSharedSettings(cluster, { postgresql: { parameters: least } })
  const keeps = async () => (await at(name, 'show wal_keep_size'))[0]?.wal_keep_size
  await expect.poll(keeps, soon).toBe(least.wal_keep_size)
  await longCheckpoint(primary)
  const frozen = [await instance.pid(primary), ...(await postgresOf(instance.state, primary))]
  frozen.forEach((pid) => sendSignal(pid, 'SIGSTOP'))
  try {
    const leads = async () => (await statusOf(cluster)).find(({ member }) => member === name)?.role
    await expect.poll(leads, soon).toBe('primary')
    for (let ended = 0; ended < 4; ended += 1) await endSegment(name)
    await at(name, 'checkpoint')
    await at(name, 'checkpoint')
  } finally {
    frozen.forEach((pid) => sendSignal(pid, 'SIGCONT'))
  }
  const log = () => instance.read(`logs/${primary}/current`)
  await expect.poll(log, soon).toMatch(/requested WAL segment \w+ has already been removed/)
  expect((await statusOf(cluster)).find(({ member }) => member === primary)?.state).toBe('starting')
  const { stdout, stderr } = await instance.edge(['deploy', 'database', '--yes'])
  expect(`${stdout}${stderr}`).not.toContain('was done, and still')
  expect(await synchronous(addresses, cluster)).toEqual({ primary: name, name: primary })
  expect(await instance.judgement('database.standby')).toMatchObject({ verdict: 'kept' })
  expect(await keeps()).toBe('512MB')
})
