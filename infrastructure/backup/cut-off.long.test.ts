import { chmod, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendSignal } from '../../src/core/process.ts'
import { TestInstance } from '../../test/instance.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { synchronous } from '../database/kill-primary.ts'
import { addressesIn, clusterIn } from '../database/sabotage.ts'
import { askCopy } from './proofs/test-copy.ts'
import { backupsOf, brokenOf, folderFor, patientSqlOn, upWithoutClock } from './proofs/test-instance.ts'
import { begin } from './proofs/test-killed.ts'

let instance: TestInstance
let on: Sabotaged
/** Where copies go. */
let folder: string
beforeAll(async () => {
  instance = await TestInstance.make('backup: undefined,')
  on = await upWithoutClock(instance)
  folder = await folderFor(instance, 'copies')
  await sql('create table public.moments (number int primary key)')
})
afterAll(() => instance.remove())

const sql = (text: string) => patientSqlOn(on, text)

/** Fifty rows from a number on, and a moment after them at which nothing else is committed, in UTC. */
async function add(from: number): Promise<string> {
  await sql(`insert into public.moments select generate_series(${from}, ${from + 49})`)
  await wait(20)
  const [row] = await sql("select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') as at")
  await wait(20)
  return `${row?.at}`
}

/** The rows of a copy, which is removed again. */
async function heldIn(into: string): Promise<string> {
  const held = await askCopy(on, into, 'select count(*), min(number), max(number) from moments')
  await rm(into, { recursive: true })
  return held
}

/** Whether a verb was still at work after a time, and so was killed. */
async function killedAfter(ms: number, verb: string, ...words: string[]): Promise<boolean> {
  const running = begin(instance, verb, ...words)
  await Promise.race([wait(ms), running.ended])
  return running.kill()
}

const points = 10

describe('a restore that is killed', () => {
  let to: string
  /** How long one takes that is left alone, in ms. */
  let took: number
  const into = (): string => join(folder, 'again')
  const words = () => ['restore', 'database', '--to', to, '--into', into()] as const
  beforeAll(async () => {
    to = `${await add(1)}Z`
    await add(51)
    const begun = Date.now()
    await instance.must(...words())
    took = Date.now() - begun
    await rm(into(), { recursive: true })
  })

  it.each(Array.from({ length: points }, (_, index) => index + 1))(
    `at point ${'%i'} of ${points} is done again by the same command, which takes away what was left`,
    async (point) => {
      const isKilled = await killedAfter((took * point) / (points + 1), ...words())
      // One that was faster has nothing to be taken away.
      if (!isKilled) await rm(into(), { recursive: true })
      await instance.must(...words())
      expect(await readdir(into())).not.toContain('.edge-restore-unfinished')
      expect(await heldIn(into())).toBe('50|1|50')
    },
  )

  it('took nothing from the live database or the repositories', async () => {
    expect(await sql('select count(*)::int as count from moments')).toEqual([{ count: 100 }])
    await instance.must('backup', 'verify')
    expect(await brokenOf(instance, 'backup')).toEqual([])
  })
})

describe('a restore that is killed while its server runs', () => {
  it('leaves no server that the next one does not end, also where its user may make no folder', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'edge-closed-'))
    await chmod(closed, 0o755)
    try {
      const lock = join(instance.state, 'run/.s.PGSQL.40000.lock')
      const running = begin(instance, 'restore', 'database', '--into', join(closed, 'killed'))
      await expect.poll(() => readFile(lock, 'utf8').catch(() => ''), { interval: 20, timeout: 60_000 }).not.toBe('')
      expect(await running.kill()).toBe(true)
      await instance.must('restore', 'database', '--into', join(closed, 'next'))
      await expect(stat(join(closed, 'killed', 'data', 'postmaster.pid'))).rejects.toThrow('ENOENT')
    } finally {
      await rm(closed, { recursive: true, force: true })
    }
  })
})

describe('a verification that is killed while its server runs', () => {
  it('leaves nothing that the next one cannot clean up', async () => {
    const pidFile = join(instance.state, 'backup/work/verification/database/data/postmaster.pid')
    const running = begin(instance, 'backup', 'verify')
    await expect.poll(() => readFile(pidFile, 'utf8').catch(() => ''), { interval: 20 }).not.toBe('')
    expect(await running.kill()).toBe(true)
    await instance.must('backup', 'verify')
    expect(await readdir(join(instance.state, 'backup/work'))).toEqual([])
  })
})

describe('a moment', () => {
  it('of another zone is the same one', async () => {
    const at = new Date(`${await add(101)}Z`)
    await add(151)
    const there = new Date(at.getTime() + 5.5 * 3_600_000).toISOString().slice(0, 23)
    const into = join(folder, 'zone')
    await instance.must('restore', 'database', '--to', `${there}+05:30`, '--into', into)
    expect(await heldIn(into)).toBe('150|1|150')
  })

  it('of after the last commit has all of them', async () => {
    await add(201)
    // Only edge itself writes, and its heartbeat is no row of anybody.
    await wait(2000)
    const into = join(folder, 'last')
    await instance.must('restore', 'database', '--to', new Date().toISOString(), '--into', into)
    expect(await heldIn(into)).toBe('250|1|250')
  })
})

describe('a backup whose primary is killed', () => {
  it.each([500, 2000, 4000])('after %i ms is whole, or is told to have failed; the next one is whole', async (ms) => {
    const { primary } = await synchronous(addressesIn(on), clusterIn(on))
    const making = instance.edge(['backup', 'now'])
    await wait(ms)
    const [pid] = (await readFile(join(instance.state, 'data', primary, 'postmaster.pid'), 'utf8')).split('\n')
    sendSignal(Number(pid), 'SIGKILL')
    const { code, stderr } = await making
    const says = code === 0 ? '' : 'hint: '
    expect([code, stderr]).toEqual([code === 0 ? 0 : 1, expect.stringContaining(says)])
    await synchronous(addressesIn(on), clusterIn(on))
    await instance.must('backup', 'now')
    await instance.must('backup', 'verify')
    const backups = await backupsOf(instance)
    expect(backups.filter(({ state }) => state === 'damaged')).toEqual([])
    expect(backups.at(-1)?.state).toBe('verified')
  })
})
