import { afterAll, beforeAll, expect, test } from 'vitest'
import { acknowledgedIn, heartbeatFolder } from '../../src/targets/local/acknowledged.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import { changeSharedSettings, statusOf } from './cluster.ts'
import { synchronous } from './kill-primary.ts'
import { addressesIn, clusterIn } from './sabotage.ts'

const slowly = { timeout: 120_000, interval: 500 }

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make()
  // What it verifies afterwards is looked at below.
  await instance.edge(['deploy', 'database', 'monitoring', '--yes'])
})
afterAll(() => instance.remove())

const verdict = () => instance.verdict('database.noLostWrites')

test('says what is gone when a standby takes over that does not have it, until an operator knows of it', async () => {
  const on = await hands(instance, 'database')
  const addresses = addressesIn(on)
  const cluster = clusterIn(on)
  const acknowledged = async () => (await acknowledgedIn(heartbeatFolder(instance.state)))?.number ?? 0
  const { primary, name: standby } = await synchronous(addresses, cluster)
  // Nobody waits for the standby any more, which is taken away and misses some heartbeats.
  await changeSharedSettings(cluster, { synchronous_mode: false })
  const names = () =>
    withClient(addresses.superuser, (client) =>
      client.query("select current_setting('synchronous_standby_names') as it"),
    )
  await expect.poll(async () => (await names()).rows[0]?.it, slowly).toBe('')
  await on.stop(standby)
  const before = await acknowledged()
  await expect.poll(acknowledged, slowly).toBeGreaterThan(before + 3)
  await on.stop(primary)
  await on.run(['s6-svc', '-u', `${instance.state}/s6/${standby}`])
  await expect
    .poll(async () => (await statusOf(cluster)).find(({ member }) => member === standby)?.role, slowly)
    .toBe('primary')
  await expect
    .poll(verdict, slowly)
    .toMatch(/^broken: \d+ s of acknowledged writes are gone, .* on timeline 1, the database is on timeline 2\)$/)
  // The one that had them comes back, and what it had alone is rewound.
  await instance.edge(['deploy', 'database', 'monitoring', '--yes'])
  await synchronous(addresses, cluster)
  expect(await verdict()).toMatch(/^broken: \d+ s of acknowledged writes are gone/)
  await instance.must('losses', 'seen')
  await expect.poll(verdict, slowly).toBe('kept: ')
})
