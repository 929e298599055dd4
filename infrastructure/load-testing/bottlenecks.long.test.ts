import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { hands } from '../../test/sabotaged.ts'
import { atWorkNow } from '../database/pool-console.ts'
import { addressesIn } from '../database/sabotage.ts'
import { readResult } from './result.ts'
import { saturationOf } from './saturation.ts'
import { readTimeline } from './timeline.ts'

/** As is promised: with fewer, `up` ends with a guarantee that is broken. */
const poolMaximum = 100
/** So many connections PostgreSQL has left. */
const connectionsLeft = 10

let instance: TestInstance
let on: Sabotaged
beforeAll(async () => {
  instance = await TestInstance.make()
  await instance.must('up', '--no-load-test')
  on = await hands(instance)
})
afterAll(() => instance.remove())

/** Puts something in the way of everybody, and answers how it is taken out of it. */
type Plant = () => Promise<() => Promise<void>>

/** As many programs as there are processors, each of which wants one for itself. */
const busyProcessors: Plant = async () => {
  const all = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;);']))
  return async () => all.forEach((one) => one.kill('SIGKILL'))
}

/** Clients that begin, and do nothing any more. */
const fullPool: Plant = async () => {
  const clients = await Promise.all(Array.from({ length: poolMaximum }, () => connect(addressesIn(on).app)))
  // The pool has fewer connections left than there are clients: those who wait for one get it after the test.
  const begun = clients.map((client) => client.query('begin').catch(() => undefined))
  return async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)))
    await Promise.all(begun)
  }
}

/** Clients of PostgreSQL itself, which pass the pool by. */
const fullDatabase: Plant = async () => {
  const { superuser } = addressesIn(on)
  const { connections } = await atWorkNow(superuser)
  const missing = connections.most - connections.open - connectionsLeft
  const clients = await Promise.all(Array.from({ length: missing }, () => connect(superuser)))
  return async () => void (await Promise.all(clients.map((client) => client.end().catch(() => undefined))))
}

/** A table that each login reads is locked by a change that goes on. */
const lockedTable: Plant = async () => {
  const client = await connect({ ...addressesIn(on).superuser, database: 'app' })
  await client.query('begin')
  await client.query('lock table state.accounts in access exclusive mode')
  return () => client.end()
}

/** The API's processes stand still for four fifths of the time. */
const haltingOrigin: Plant = async () => {
  const end = new AbortController()
  const halt = async (engine: string): Promise<void> => {
    while (!end.signal.aborted) {
      await on.signal(engine, 'SIGSTOP')
      await wait(400)
      await on.signal(engine, 'SIGCONT')
      await wait(100)
    }
  }
  const halting = Promise.all(['api1', 'api2'].map(halt))
  return async () => {
    end.abort()
    await halting
  }
}

const runs = async (): Promise<readonly string[]> =>
  readdir(join(instance.state, 'load-tests')).catch((): readonly string[] => [])

/**
 * Runs a short scenario with few users, in which something is in the way soon after it has begun, and leaves its report. Answers
 * what came to its end first, and whether anything did before: nobody was in the way then.
 */
async function runWith(name: string, plant: Plant, scale = 0.06) {
  const before = await runs()
  const running = instance.edge(['load-test', 'load', '--scale', String(scale), '--users', '20'])
  await expect.poll(async () => (await runs()).length, { timeout: 60_000 }).toBeGreaterThan(before.length)
  await wait(8000)
  const takeAway = await plant()
  const { stdout, stderr } = await running.finally(takeAway)
  const made = (await runs()).find((run) => !before.includes(run))
  const folder = join(instance.state, 'load-tests', made ?? '')
  const written = await readResult(join(folder, 'result.json'))
  if (!written) throw new Error(`no result was left: ${stdout}${stderr}`)
  const { directory: _, ...result } = written
  const timeline = await readTimeline(folder)
  await leaveReport(
    `bottleneck-${name.replaceAll(/\W+/g, '-')}`,
    { result, timeline },
    await readFile(join(folder, 'report.html'), 'utf8'),
  )
  const { first, says } = saturationOf(timeline)
  return { says, isAfter: (first?.since ?? 0) >= 7, verdict: result.verdict, reasons: result.reasons }
}

it.each([
  ['pool', fullPool, /^(the connections of the pool|who waits for a connection of the pool), from \d+ s on/],
  ["database's connections", fullDatabase, /^the connections of PostgreSQL, from \d+ s on/],
  ['database', lockedTable, /^a query of the database, from \d+ s on/],
  ['origin', haltingOrigin, /^the event loop of api[12], from \d+ s on/],
])('names the %s as what came to its end first, where that is in the way', async (name, plant, says) => {
  expect(await runWith(name, plant)).toMatchObject({ says: expect.stringMatching(says), isAfter: true })
})

it('names the processors, and takes what a starved generator measured for nothing', async () => {
  // They are judged by a whole minute, of which little may be left from before.
  expect(await runWith('processors', busyProcessors, 0.13)).toMatchObject({
    says: expect.stringMatching(/^the processors of the machine, from \d+ s on/),
    isAfter: true,
    verdict: 'invalid',
    reasons: expect.arrayContaining([expect.stringMatching(/^only \d+ % of the processors were free/)]),
  })
})
