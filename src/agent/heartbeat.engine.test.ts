import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addressesOf } from '../../infrastructure/database/addresses.ts'
import { heartbeatProof } from '../../infrastructure/database/lost-writes.ts'
import { withClient } from '../engines/postgres.ts'
import { tlsFiles } from '../targets/local/certificate.ts'
import { TestInstance } from '../../test/instance.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { hands } from '../../test/sabotaged.ts'
import { testWorld } from '../../test/world.ts'
import { acknowledgedIn, heartbeatFolder } from '../targets/local/acknowledged.ts'

let instance: TestInstance
let on: Sabotaged
let folder: string
beforeAll(async () => {
  instance = await TestInstance.make()
  folder = heartbeatFolder(instance.state)
  await deploy()
  on = await hands(instance)
})
afterAll(() => instance.remove())

/** What it verifies afterwards is looked at by each test for itself. */
const deploy = () => instance.edge(['deploy', 'database', 'monitoring', '--yes'])
const beats = { timeout: 60_000, interval: 200 }

function inDatabase() {
  const { superuser } = addressesOf(on.instance, tlsFiles(instance.state).ca)
  return { ...superuser, database: 'app' }
}
const query = (sql: string) => withClient(inDatabase(), (client) => client.query(sql))
const numberInDatabase = async () => Number((await query('select number from edge.heartbeat')).rows[0]?.number)
const acknowledged = async () => (await acknowledgedIn(folder))?.number ?? 0

const verdict = () => instance.verdict('database.noLostWrites')
const kept = () => expect.poll(verdict, beats).toBe('kept: ')

/** Waits for more heartbeats: the agent has looked at what was done to them. */
async function untilMore(than: number) {
  await expect.poll(acknowledged, beats).toBeGreaterThan(than)
}

/** What the check says at that many minutes from now. */
async function minutesFromNow(minutes: number) {
  const { world } = testWorld()
  const later = { ...world, now: () => new Date(world.now().getTime() + minutes * 60_000) }
  const { lost, stopped } = await withClient(inDatabase(), (client) => heartbeatProof(folder, client, later))
  return (lost ?? stopped)?.because
}

test('notes outside what the database has acknowledged', async () => {
  await untilMore(1)
  const noted = await acknowledged()
  expect(await numberInDatabase()).toBeGreaterThanOrEqual(noted)
  expect(await acknowledgedIn(folder)).toMatchObject({ timeline: 1 })
  await kept()
})

test('shows a loss until an operator says that they know of it, whatever else happens', async () => {
  const before = await acknowledged()
  await query("update edge.heartbeat set number = number - 1, at = at - interval '90 seconds'")
  await expect
    .poll(verdict, beats)
    .toMatch(/^broken: \d+ s of acknowledged writes are gone, from .* to .* timeline 1\)$/)
  // The agent counts on above it.
  await untilMore(before + 1)
  expect(await verdict()).toMatch(/^broken: .* are gone/)
  await deploy()
  await on.signal('agent', 'SIGKILL')
  await untilMore(await acknowledged())
  expect(await verdict()).toMatch(/^broken: .* are gone/)
  expect((await instance.must('losses')).stdout).toMatch(/^✗ \d+ s of acknowledged writes are gone/)
  expect((await instance.must('losses', 'seen')).stdout).toBe('1 noted as seen\n')
  expect(await verdict()).toBe('kept: ')
  expect((await instance.must('losses')).stdout).toMatch(/^– .*; seen /)
})

test('takes an agent that is killed again and again for no loss', async () => {
  for (let kill = 0; kill < 5; kill += 1) {
    const noted = await acknowledged()
    await on.signal('agent', 'SIGKILL')
    await untilMore(noted)
  }
  expect((await instance.must('losses')).stdout.match(/✗/g)).toBeNull()
  expect(await verdict()).toBe('kept: ')
})

test('says that nothing is left where the row itself is gone', async () => {
  await query('delete from edge.heartbeat')
  await expect.poll(verdict, beats).toMatch(/^broken: every heartbeat of the database is gone/)
  await instance.must('losses', 'seen')
  await expect.poll(numberInDatabase, beats).toBeGreaterThan(0)
  await kept()
})

test('does not call it kept where the note cannot be read, and begins anew when it is taken away', async () => {
  await on.stop('agent')
  const file = join(folder, 'heartbeat.json')
  await writeFile(file, '{"number":')
  await on.run(['s6-svc', '-u', join(instance.state, 's6', 'agent')])
  const before = await numberInDatabase()
  // The rows go on, for those who ask how old a copy is.
  await expect.poll(numberInDatabase, beats).toBeGreaterThan(before)
  expect(await verdict()).toBe(`broken: ${file} cannot be read: it is damaged`)
  await rm(file)
  await untilMore(before)
  await kept()
})

test('lets a database that was brought back on purpose be counted anew', async () => {
  await on.stop('agent')
  await query("update edge.heartbeat set number = 1, at = at - interval '1 hour'")
  expect(await verdict()).toMatch(/^broken: 36\d\d s of acknowledged writes are gone/)
  expect((await instance.must('losses', 'seen')).stdout).toBe('1 noted as seen\n')
  const noted = await acknowledged()
  await on.run(['s6-svc', '-u', join(instance.state, 's6', 'agent')])
  await untilMore(noted)
  await kept()
})

test('says since when nothing is written down any more', async () => {
  await chmod(folder, 0o500)
  const noted = await acknowledged()
  await expect.poll(numberInDatabase, beats).toBeGreaterThan(noted)
  expect(await minutesFromNow(2)).toMatch(/^acknowledged heartbeats are not written down since /)
  await chmod(folder, 0o700)
  await untilMore(noted)
})

test('says since when nothing is acknowledged any more', async () => {
  await on.stop('agent')
  expect(await minutesFromNow(0)).toBeUndefined()
  expect(await minutesFromNow(2)).toMatch(/^no heartbeat is acknowledged since .*, so a loss would not be seen$/)
  await deploy()
  await kept()
})

test('counts from now on in an instance of version 0.2.0', async () => {
  await on.stop('agent')
  await rm(join(folder, 'heartbeat.json'))
  await query("alter table edge.heartbeat drop column number; comment on database app is 'edge of another version'")
  expect(await verdict()).toBe('kept: ')
  await deploy()
  await untilMore(0)
  await kept()
})
