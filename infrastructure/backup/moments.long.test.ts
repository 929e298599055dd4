import { rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { addressesIn } from '../database/sabotage.ts'
import { askCopy } from './proofs/test-copy.ts'
import { folderFor, upWithoutClock } from './proofs/test-instance.ts'
import {
  expectedAt,
  type Numbered,
  numberedIn,
  numberedTables,
  NumberedWriters,
  type Told,
} from './proofs/test-writers.ts'

const writers = 8
/** Between two moments there is up to so much time, by chance. */
const apartMs = 8000

let instance: TestInstance
let on: Sabotaged
beforeAll(async () => {
  instance = await TestInstance.make('backup: undefined,')
  on = await upWithoutClock(instance)
  await withClient(addressesIn(on).owner, (client) => client.query(numberedTables))
})
afterAll(() => instance.remove())

type Restored = { readonly label: string; readonly follows: number; readonly answeredAfter: number }

/** The copy of a moment, restored into a fresh folder and removed again. */
async function copyOf(at: string, from: string): Promise<{ readonly restored: Restored; readonly held: Numbered }> {
  const into = await folderFor(instance, 'copy')
  const words = ['restore', 'database', '--to', at, '--into', into, '--from', from, '--json']
  const restored: Restored = JSON.parse((await instance.must(...words)).stdout)
  const held: Numbered = JSON.parse(await askCopy(on, into, numberedIn))
  await rm(into, { recursive: true })
  return { restored, held }
}

/** What a verb ends with, which runs beside something else. */
function beside(...words: string[]): Promise<string> {
  const ran = instance.must(...words).then(({ stdout }) => stdout)
  // Whoever waits for it is told; until then nobody is.
  ran.catch(() => undefined)
  return ran
}

/** Moments at random under load: some while a backup is made, some while the primary is killed, some after that. */
async function underLoad() {
  const load = new NumberedWriters(addressesIn(on).app, writers)
  const told: Told[] = []
  const ask = async (count: number): Promise<void> => {
    for (let asked = 0; asked < count; asked += 1) {
      await wait(Math.random() * apartMs)
      told.push(await load.ask())
    }
  }
  try {
    await ask(2)
    const backup = beside('backup', 'now')
    await ask(2)
    // What becomes of a backup whose primary is killed, cut-off.long.test.ts asks.
    await backup
    await ask(1)
    const drill = beside('drill', 'failover', '--yes', '--json')
    await ask(2)
    const { facts } = JSON.parse(await drill).drills[0]
    await ask(3)
    // Some rows of after the last moment, which no copy may have.
    await wait(1000)
    return { load, told, facts }
  } finally {
    await load.stop()
  }
}

it('has each row of before, and none of after, at ten random moments under load, across a failover', async () => {
  const { load, told, facts } = await underLoad()
  const live = await withClient(addressesIn(on).owner, async (client): Promise<Numbered> => {
    return (await client.query(numberedIn)).rows[0].json_build_object
  })
  const there = new Set(live.rows)
  const lost = [...load.rows].filter(([name, { isAcknowledged }]) => isAcknowledged && !there.has(name))
  const seen = []
  for (const [index, moment] of told.entries()) {
    const from = index % 2 === 0 ? 'first' : 'second'
    const { restored, held } = await copyOf(moment.at, from)
    const { must, mustNot, either } = expectedAt(moment, load.rows, there)
    const copy = new Set(held.rows)
    seen.push({
      at: moment.at,
      from,
      label: restored.label,
      follows: restored.follows,
      answeredAfterMs: restored.answeredAfter,
      rows: held.rows.length,
      must: must.length,
      mustNot: mustNot.length,
      either,
      missing: must.filter((name) => !copy.has(name)),
      tooMany: mustNot.filter((name) => copy.has(name)),
      strangers: held.rows.filter((name) => !load.rows.has(name)),
      altered: held.altered,
      halves: held.halves,
    })
  }
  await leaveReport('moments', {
    writers,
    rowsBegun: load.rows.size,
    rowsAcknowledged: load.acknowledged,
    acknowledgedAndLost: lost.length,
    failover: facts,
    moments: seen,
  })
  expect(lost).toEqual([])
  expect(new Set(seen.map(({ label }) => label)).size).toBeGreaterThan(1)
  for (const one of seen) {
    expect(one).toMatchObject({ missing: [], tooMany: [], strangers: [], altered: 0, halves: 0 })
    // It is open of those alone that were under way while the clock was asked.
    expect(one.either).toBeLessThanOrEqual(4 * writers)
  }
})
