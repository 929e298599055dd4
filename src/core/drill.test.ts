import { expect, test } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { type Drill, DrillFailed, drillsNamed, isDue, jobsOf, runDrill } from './drill.ts'
import type { Schedule } from './job.ts'
import type { DrillRecord, Records } from './record.ts'

type Pool = { seconds: number; undone?: true }

const fakeClock = (...times: readonly string[]) => {
  const left = [...times]
  return { ...testWorld().world, now: () => new Date(left.shift() ?? 'none left') }
}
const aMinute = () => fakeClock('2026-01-01T03:41:00.000Z', '2026-01-01T03:42:00.000Z')

const kept: DrillRecord[] = []
const records: Records = {
  newest: () => Promise.resolve(kept.at(-1)),
  keep: (record) => Promise.resolve(void kept.push(record)),
}
const drill: Drill<Pool> = {
  name: 'pool-wait',
  says: 'how long a client waits',
  proves: ['database.poolWait'],
  of: ({ seconds }) => Promise.resolve({ timeout: `${seconds} s` }),
  run: ({ seconds }) => Promise.resolve({ seconds }),
  undo: (pool) => Promise.resolve(void (pool.undone = true)),
  show: ({ seconds }) => `${String(seconds)} s`,
}

test('records what was seen, when, how long it took, and of what', async () => {
  kept.length = 0
  const pool: Pool = { seconds: 30 }
  const record = {
    drill: 'pool-wait',
    at: '2026-01-01T03:42:00.000Z',
    facts: { seconds: 30 },
    took: 60_000,
    of: { timeout: '30 s' },
  }
  expect(await runDrill(drill, pool, records, aMinute())).toEqual(record)
  expect(kept).toEqual([record])
  expect(pool.undone).toBe(true)
})

test('records nothing of what was changed while it was measured', async () => {
  kept.length = 0
  const changes = { ...drill, run: (pool: Pool) => Promise.resolve({ seconds: (pool.seconds = 2) }) }
  await expect(runDrill(changes, { seconds: 30 }, records, aMinute())).rejects.toMatchObject({
    where: 'drill pool-wait',
    message: 'timeout was changed from 30 s to 2 s while it was measured',
    hints: ['edge drill pool-wait measures again'],
  })
  expect(kept).toEqual([])
})

test('records what it saw before it says that this is not what is promised', async () => {
  kept.length = 0
  const inVain = new DrillFailed('pool-wait', 'still waited after 90 s', { seconds: 90 }, 'edge logs pgbouncer')
  const fails = { ...drill, run: () => Promise.reject(inVain) }
  await expect(runDrill(fails, { seconds: 30 }, records, aMinute())).rejects.toBe(inVain)
  expect(kept).toMatchObject([{ facts: { seconds: 90 } }])
})

test.each([
  ['nobody can say any more what is deployed', 'of'],
  ['what it did cannot be undone', 'undo'],
] as const)('records what it saw although afterwards %s', async (_, which) => {
  kept.length = 0
  const inVain = new DrillFailed('pool-wait', 'still waited after 90 s', { seconds: 90 }, 'edge logs pgbouncer')
  let asked = 0
  const gone = () => Promise.reject(new Error('the disk is full'))
  const of: Drill<Pool>['of'] = (pool, world) => ((asked += 1) === 1 ? drill.of(pool, world) : gone())
  const fails = { ...drill, run: () => Promise.reject(inVain), ...(which === 'of' ? { of } : { undo: gone }) }
  await expect(runDrill(fails, { seconds: 30 }, records, aMinute())).rejects.toBe(inVain)
  asked = 0
  await expect(runDrill({ ...fails, run: drill.run }, { seconds: 30 }, records, aMinute())).rejects.toThrow('full')
  expect(kept).toMatchObject([
    { facts: { seconds: 90 }, of: { timeout: '30 s' } },
    { facts: { seconds: 30 }, of: { timeout: '30 s' } },
  ])
})

test('records nothing where it could not measure, and undoes what it did', async () => {
  kept.length = 0
  const pool: Pool = { seconds: 30 }
  const fails = { ...drill, run: () => Promise.reject(new Error('the connection ended')) }
  await expect(runDrill(fails, pool, records, aMinute())).rejects.toThrow('the connection ended')
  expect(kept).toEqual([])
  expect(pool.undone).toBe(true)
})

test('a word names one drill, or all that have it as their first word', () => {
  const all = ['pool-wait', 'pool-idle', 'pools'].map((name) => ({ name }))
  const named = (word: string) => drillsNamed(all, word).map(({ name }) => name)
  expect(named('pool')).toEqual(['pool-wait', 'pool-idle'])
  expect(named('pool-idle')).toEqual(['pool-idle'])
  expect(named('poo')).toEqual([])
})

const nightly: Schedule = { cron: '41 3 * * *', zone: 'UTC' }
const scheduled = (name: string, every?: Schedule): Drill<Pool> => ({
  ...drill,
  name,
  proves: [`room.${name}`],
  ...(every ? { every } : {}),
})

test('drills of one hour are one job, so that none measures another', () => {
  const drills = [
    scheduled('a', nightly),
    scheduled('b', { ...nightly, cron: '0 5 * * *' }),
    scheduled('c', nightly),
    scheduled('d'),
  ]
  expect(jobsOf(drills).map(({ runs, measures, catchUp }) => ({ runs, measures, catchUp }))).toEqual([
    { runs: ['drill', 'a', 'c'], measures: ['room.a', 'room.c'], catchUp: true },
    { runs: ['drill', 'b'], measures: ['room.b'], catchUp: true },
  ])
})

test('is due until it was seen, again when what it measures is another, and when it was in vain', async () => {
  kept.length = 0
  const due = (seconds: number) => isDue(drill, { seconds }, records, testWorld().world)
  expect(await due(30)).toBe(true)
  await runDrill(drill, { seconds: 30 }, records, aMinute())
  expect([await due(30), await due(60)]).toEqual([false, true])
  const inVain = new DrillFailed('pool-wait', 'still waited', { failed: 'still waited' }, 'edge logs pgbouncer')
  const fails = { ...drill, run: () => Promise.reject(inVain) }
  await expect(runDrill(fails, { seconds: 30 }, records, aMinute())).rejects.toBe(inVain)
  expect(await due(30)).toBe(true)
})
