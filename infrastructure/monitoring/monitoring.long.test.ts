import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { startupOf } from '../database/causes.ts'
import { addressesIn } from '../database/sabotage.ts'
import { memberNames } from '../database/members.ts'
import { alarmDrills } from './drills.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import { sendSignal } from '../../src/core/process.ts'
import { actOutOn } from '../../test/act-out.ts'
import type { JudgementJson } from '../../src/core/verify.ts'
import { monitoring } from './guarantees.ts'
import { longSabotages as onRecordsOfDrills, ringsLater, rulesOf } from './sabotage.ts'
import { toldOf } from './proofs/test-inbox.ts'
import { leaveRecords, onLaidRecordsOfBackups } from './proofs/test-records.ts'
import { leaveReport } from '../../test/long-report.ts'
import { makeCertificate, startOutside } from './proofs/test-receivers.ts'
import { hands } from '../../test/sabotaged.ts'
import { runEdge, TestInstance } from '../../test/instance.ts'

const programs = ['prometheus', 'alertmanager', 'node-exporter', 'postgres-exporter', 'edge-exporter']
const minutes = 60_000
const longSabotages = { ...onRecordsOfDrills, ...onLaidRecordsOfBackups }
const alarmNames = Object.keys(monitoring).filter((name) => name !== 'silence' && name !== 'delivery')
const alarmIds = alarmNames.map((name) => `monitoring.${name}`)
let instance: TestInstance
let folder: string
let outside: Awaited<ReturnType<typeof startOutside>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-outside-'))
  await chmod(folder, 0o755)
  const certificate = makeCertificate(folder)
  outside = await startOutside(certificate)
  const heartbeat = { url: outside.url, ca: certificate.path }
  instance = await TestInstance.make(`monitoring: ${JSON.stringify({ heartbeat })}, backup: {},`)
  await instance.must('up', '--no-load-test')
})
afterAll(async () => {
  await instance.remove()
  outside.stop()
  await rm(folder, { recursive: true, force: true })
})

/** How many members have their replay stopped now. */
async function stopped(): Promise<number> {
  const pids = await Promise.all(memberNames.map((member) => startupOf(join(instance.state, 'data', member))))
  const states = await Promise.all(
    pids.flatMap((pid) => (pid === undefined ? [] : [readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')])),
  )
  return states.filter((status) => /^State:\s+T/m.test(status)).length
}

/** Memory, in MiB, and processor time, in seconds, of what measures. */
async function cost(): Promise<{ readonly memory: number; readonly seconds: number }> {
  const pids = (await instance.status()).engines.flatMap(({ name, pid }) => (programs.includes(name) ? [pid] : []))
  expect(pids).toHaveLength(programs.length)
  let [memory, seconds] = [0, 0]
  for (const pid of pids) {
    const [status, stat] = await Promise.all(['status', 'stat'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')))
    memory += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1]) / 1024
    const [user, system] = (stat ?? '')
      .slice((stat ?? '').lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number)
    seconds += ((user ?? Number.NaN) + (system ?? Number.NaN)) / 100
  }
  return { memory, seconds }
}

/**
 * Nothing rings any more of what the tests before have done: a drill goes well, which is refused until then. What could not be
 * delivered while the inbox was away rings for ten minutes more.
 */
const calm = async (): Promise<void> => {
  const drilled = async () => expect(await instance.edge(['drill', 'connections'])).toMatchObject({ code: 0 })
  await vi.waitFor(drilled, { timeout: 15 * minutes, interval: 15_000 })
}

it('costs no more than 5 % of a core and 250 MiB when nobody asks for anything', async () => {
  const before = await cost()
  await wait(2 * minutes)
  const after = await cost()
  const share = (after.seconds - before.seconds) / 120
  console.log(`monitoring, idle: ${(share * 100).toFixed(1)} % of a core, ${after.memory.toFixed(0)} MiB`)
  expect(share).toBeLessThan(0.05)
  expect(after.memory).toBeLessThan(250)
})

it('undoes what a drill has caused that was killed', { timeout: 5 * minutes }, async () => {
  const causes = join(instance.state, 'drills')
  const drill = instance.edge(['drill', 'replica-lag'])
  await expect.poll(stopped).toBe(1)
  const another = await instance.edge(['drill', 'connections'])
  expect(another).toMatchObject({ code: 1, stderr: expect.stringContaining('is at work since') })
  const [name = ''] = await readdir(causes)
  const { pid }: { pid: number } = JSON.parse(await readFile(join(causes, name), 'utf8'))
  sendSignal(pid, 'SIGKILL')
  await drill
  await expect.poll(stopped).toBe(0)
  await expect.poll(() => readdir(causes)).toEqual([])
})

it('undoes it with the next command where what would do so by itself is away', { timeout: 5 * minutes }, async () => {
  const causes = join(instance.state, 'drills')
  const on = await hands(instance, 'monitoring')
  const drill = instance.edge(['drill', 'replica-lag'])
  await expect.poll(stopped).toBe(1)
  await on.stop('edge-exporter')
  const [name = ''] = await readdir(causes)
  const { pid }: { pid: number } = JSON.parse(await readFile(join(causes, name), 'utf8'))
  sendSignal(pid, 'SIGKILL')
  await drill
  expect(await stopped()).toBe(1)
  await instance.edge(['status'])
  expect(await stopped()).toBe(0)
  expect(await readdir(causes)).toEqual([])
  await on.converge()
})

it(
  'gives no all-clear of an alarm that rings when whoever measures it is killed',
  { timeout: 10 * minutes },
  async () => {
    const figures = join(instance.state, 'metrics', 'backup.prom')
    const before = await readFile(figures, 'utf8')
    const said = () => toldOf(instance, 'backupFailed')
    await writeFile(figures, before.replaceAll(/^(edge_backup_failed.*) 0$/gm, '$1 1'))
    await expect.poll(said, { timeout: 2 * minutes }).toEqual(['rings'])
    const refused = await instance.edge(['drill', 'connections'])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('backupFailed rings') })
    const on = await hands(instance, 'monitoring')
    await on.stop('node-exporter')
    await wait(3 * minutes)
    expect(await said()).toEqual(['rings'])
    await writeFile(figures, before)
    await on.converge()
    await expect.poll(said, { timeout: 2 * minutes }).toEqual(['rings', 'all clear'])
  },
)

it('rings where the size of the newest backup is not told any more', { timeout: 10 * minutes }, async () => {
  const figures = join(instance.state, 'metrics', 'backup.prom')
  const before = await readFile(figures, 'utf8')
  const said = () => toldOf(instance, 'backupSize')
  expect(before).toMatch(/^edge_backup_size_ratio /m)
  // Longer than Prometheus takes to have looked at it: what was never there is not missed.
  await wait(minutes / 2)
  await writeFile(figures, before.replaceAll(/^edge_backup_size_ratio.*\n/gm, ''))
  await expect.poll(said, { timeout: 3 * minutes }).toEqual(['rings'])
  await writeFile(figures, before)
  await expect.poll(said, { timeout: 2 * minutes }).toEqual(['rings', 'all clear'])
  expect(await toldOf(instance, 'databaseCpu')).toEqual([])
})

it('calls somebody when a backup has half of what those before it had', { timeout: 20 * minutes }, async () => {
  const said = () => toldOf(instance, 'backupSize')
  const before = await said()
  const more = (...words: readonly string[]) =>
    expect.poll(said, { timeout: 3 * minutes }).toEqual([...before, ...words])
  const on = await hands(instance, 'database')
  const inDatabase = (statement: string) => withClient(addressesIn(on).owner, (client) => client.query(statement))
  const ofNewest = async () =>
    Number(/^edge_backup_size_ratio (\S+)$/m.exec(await instance.read('metrics/backup.prom'))?.[1])
  const backup = () => instance.must('backup', 'now')
  await backup()
  const bytes = await withClient(addressesIn(on).owner, async (client) => {
    const { rows } = await client.query<{ bytes: string }>(
      'select sum(pg_database_size(oid)) as bytes from pg_database',
    )
    return Number(rows[0]?.bytes)
  })
  // Twice as much as there is, beside it: as many backups are made of it as make it the usual size.
  await inDatabase(
    `create table held as select repeat(md5(row::text), 60) as held from generate_series(1, ${Math.ceil((2 * bytes) / 2000)}) as row`,
  )
  for (const tried of [0, 1, 2, 3, 4, 5, 6, 7]) {
    await backup()
    if ((await ofNewest()) < 1.1) break
    expect(tried).toBeLessThan(7)
  }
  await more('rings', 'all clear')
  await inDatabase('drop table held')
  await backup()
  expect(await ofNewest()).toBeLessThan(0.5)
  await more('rings', 'all clear', 'rings')
  while ((await ofNewest()) < 0.9) await backup()
  await more('rings', 'all clear', 'rings', 'all clear')
})

it.each([
  // What Prometheus has said rings for four minutes (rules.alert.resend-delay, four times).
  ['prometheus', 5],
  ['alertmanager', 2],
  ['edge-exporter', 2],
] as const)(
  'calls nobody outside while %s is away, %i minutes on, and does again when it is back',
  { timeout: 15 * minutes },
  async (name, heardFor) => {
    const more = async () => {
      const before = outside.asked.length
      await expect.poll(() => outside.asked.length, { timeout: 3 * minutes }).toBeGreaterThan(before)
    }
    await more()
    const on = await hands(instance, 'monitoring')
    await on.stop(name)
    await wait(heardFor * minutes)
    const silent = outside.asked.length
    await wait(3 * minutes)
    expect(outside.asked.length).toBe(silent)
    await on.converge()
    await more()
  },
)

it(
  'has every alarm ring by its cause, arrive and clear, and says so in a table',
  { timeout: 180 * minutes },
  async () => {
    await calm()
    const ran = await runEdge(['drill', 'all', '--yes', '--json', '--config', instance.file])
    const { drills, failed }: { drills: readonly DrillRecord[]; failed?: unknown } = JSON.parse(ran.stdout)
    await leaveReport('drills', { drills, ...(failed === undefined ? {} : { failed }) })
    expect(failed).toBeUndefined()
    expect(drills.map(({ drill }) => drill)).toEqual(alarmDrills.map(({ name }) => name))
    const ids = alarmDrills.flatMap(({ proves }) => proves)
    const seen = await instance.verify(...ids)
    expect(ids.filter((id) => seen.get(id)?.verdict !== 'kept')).toEqual([])
  },
)

describe('where the alarm of the connections was seen', () => {
  let atFirst: ReadonlyMap<string, JudgementJson>
  beforeAll(async () => {
    await calm()
    await instance.must('notify', 'test')
    await leaveRecords(await hands(instance, 'monitoring'), alarmNames)
    atFirst = await instance.verify(...Object.keys(longSabotages))
  }, 20 * minutes)
  actOutOn('monitoring', longSabotages, () => ({ instance, atFirst }))

  it('finds out each rule by itself that a hand changed, and no other', { timeout: 20 * minutes }, async () => {
    const on = await hands(instance, 'monitoring')
    const asMade = await instance.read(rulesOf)
    const broken = async (): Promise<readonly string[]> =>
      [...(await instance.verify(...alarmIds))].flatMap(([id, { verdict }]) => (verdict === 'kept' ? [] : [id]))
    for (const name of alarmNames) {
      await on.edit(rulesOf, () => ringsLater(asMade, name))
      await on.reload('prometheus')
      await expect.poll(broken, { timeout: minutes }).toEqual([`monitoring.${name}`])
    }
    await on.converge()
    await expect.poll(broken, { timeout: minutes }).toEqual([])
  })
})
