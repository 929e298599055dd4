import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seconds } from '../../src/core/units.ts'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import { hands } from '../../test/sabotaged.ts'
import { testWorld } from '../../test/world.ts'
import { type Addresses, addressesOf } from './addresses.ts'
import { drillIdle, drillTolerance, drillWait } from './drill.ts'
import { database } from './guarantees.ts'

const longerThanPromisedMs = 60_000

let instance: TestInstance
let addresses: Addresses

beforeAll(async () => {
  instance = await TestInstance.make()
  // Its verification misses the agent, which is no matter here.
  await instance.edge(['deploy', 'database', '--yes'])
  addresses = addressesOf((await hands(instance)).instance, join(instance.state, 'tls', 'ca.crt'))
})
afterAll(() => instance.remove())

test('refuses a client that got no connection for 30 s', async () => {
  const promised = seconds(database.poolWait.exactly)
  const waited = await drillWait(addresses, testWorld().world, promised * 1000 + longerThanPromisedMs)
  await leaveReport('pool-wait', { promisedSeconds: promised, refusedAfterMs: waited })
  expect(Math.abs(waited / 1000 - promised)).toBeLessThanOrEqual(drillTolerance.wait)
})

test('closes a connection that nobody used for 300 s', async () => {
  const promised = seconds(database.poolIdle.exactly)
  const idleFor = await drillIdle(addresses, testWorld().world, promised * 1000 + longerThanPromisedMs)
  await leaveReport('pool-idle', { promisedSeconds: promised, closedAfterMs: idleFor })
  expect(Math.abs(idleFor / 1000 - promised)).toBeLessThanOrEqual(drillTolerance.idle)
})
