import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { TestInstance } from '../../test/instance.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { synchronousInEtcd } from '../database/ask-etcd.ts'
import { clusterOf, statusOf, switchOver } from '../database/cluster.ts'
import { membersWith } from '../database/members.ts'
import { askCopy } from './proofs/test-copy.ts'
import { flip } from './proofs/test-damage.ts'
import { backupsOf, brokenOf, folderFor, patientSqlOn, upWithoutClock } from './proofs/test-instance.ts'
import { begin } from './proofs/test-killed.ts'
import { endSegment, notIn } from './proofs/test-segments.ts'

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

const repository = (name: 'repository' | 'second'): string => join(instance.state, 'backup', name)

const soon = { timeout: 90_000, interval: 500 }

async function add(from: number): Promise<string> {
  await sql(`insert into public.moments select generate_series(${from}, ${from + 49}) on conflict do nothing`)
  await wait(50)
  const at = new Date().toISOString()
  await wait(50)
  return at
}

describe.each([
  ['first', 'repository', 'second'],
  ['second', 'second', 'repository'],
] as const)('while the %s repository is away', (_, away, there) => {
  it('the other one gets every segment, the database writes on, and the gap closes by itself', async () => {
    const database = join(repository(away), 'database')
    await rename(database, `${database}.away`)
    const segments = [await endSegment(sql), await endSegment(sql), await endSegment(sql)]
    try {
      await expect.poll(() => notIn(repository(there), segments), soon).toEqual([])
    } finally {
      await rename(`${database}.away`, database)
    }
    await expect.poll(() => notIn(repository(away), segments), soon).toEqual([])
  })
})

describe('a segment that is missing in the middle of the archive', () => {
  it('is named with the span that cannot be recovered, and the other repository has it', async () => {
    const before = await add(1)
    await endSegment(sql)
    const missing = await endSegment(sql)
    const after = await add(51)
    const last = await endSegment(sql)
    for (const name of ['repository', 'second'] as const)
      await expect.poll(() => notIn(repository(name), [missing, last]), soon).toEqual([])
    const archive = join(repository('repository'), 'database', 'archive', 'edge')
    const path = (await readdir(archive, { recursive: true })).find((one) => one.includes(missing)) ?? ''
    await rename(join(archive, path), join(folder, 'segment'))
    const refused = await instance.edge(['restore', 'database', '--to', after, '--into', join(folder, 'over')])
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(`the segment ${missing} of the log is missing .*nothing of after .*--from second`, 's'),
      ),
    ])
    const check = await instance.judgement('backup.transactionLogs')
    expect([check?.verdict, check?.because]).toEqual(['broken', expect.stringContaining(missing)])
    await instance.must('restore', 'database', '--to', before, '--into', join(folder, 'before'))
    expect(await askCopy(on, join(folder, 'before'), 'select max(number) from moments')).toBe('50')
    await instance.must('restore', 'database', '--to', after, '--from', 'second', '--into', join(folder, 'second'))
    expect(await askCopy(on, join(folder, 'second'), 'select max(number) from moments')).toBe('100')
    await rename(join(folder, 'segment'), join(archive, path))
    expect((await instance.judgement('backup.transactionLogs'))?.verdict).toBe('kept')
  })
})

describe('a damaged manifest', () => {
  it('is told by the verification, and keeps no backup from being restored that has its copy', async () => {
    const backups = join(repository('repository'), 'database', 'backup', 'edge')
    const newest =
      (await readdir(backups))
        .filter((name) => /^\d{8}-\d{6}F$/.test(name))
        .toSorted()
        .at(-1) ?? ''
    const manifest = join(backups, newest, 'backup.manifest')
    await flip(manifest)
    const verified = await instance.edge(['backup', 'verify'])
    expect([verified.code, verified.stderr]).toEqual([
      1,
      expect.stringMatching(/backup\.manifest is missing or unusable/),
    ])
    await instance.must('restore', 'database', '--into', join(folder, 'by-its-copy'))
    await flip(manifest)
    await instance.must('backup', 'verify')
  })
})

describe('a backup that is killed', () => {
  it.each([300, 900, 1500, 2100, 2700, 3300, 4000, 5000, 6000, 7000])(
    'after %i ms leaves nothing that the next one does not clean up',
    async (ms) => {
      const running = begin(instance, 'backup', 'now')
      await Promise.race([wait(ms), running.ended])
      await running.kill()
      await instance.must('backup', 'now')
      expect((await backupsOf(instance)).filter(({ state }) => state === 'damaged')).toEqual([])
    },
  )

  it('and the newest one is whole in both repositories', async () => {
    await instance.must('backup', 'verify')
    expect(await brokenOf(instance, 'backup')).toEqual([])
  })
})

describe('a backup during a change of the primary', () => {
  it('is whole, or is told to have failed; the next one is whole', async () => {
    const making = instance.edge(['backup', 'now'])
    await wait(1500)
    await changePrimary()
    const { code, stderr } = await making
    expect(code === 0 || stderr.length > 0).toBe(true)
    await instance.must('backup', 'now')
    await instance.must('backup', 'verify')
  })
})

async function changePrimary(): Promise<void> {
  const cluster = clusterOf(on.instance, tlsFiles(instance.state), membersWith(on.configuration.database.replicas))
  const seen = await statusOf(cluster)
  const primary = seen.find(({ role }) => role === 'primary')?.member
  const standby = seen.find(({ role }) => role === 'replica')?.member
  if (!primary || !standby) throw new Error('nobody can take over')
  await expect.poll(async () => (await synchronousInEtcd(cluster)).standbys, { timeout: 30_000 }).toContain(standby)
  await switchOver(cluster, primary)
}

describe('two restores at once', () => {
  it('go one after the other, and never into the same folder', async () => {
    const into = (name: string) => ['restore', 'database', '--into', join(folder, name)]
    const [one, other] = await Promise.all([instance.edge(into('one')), instance.edge(into('other'))])
    expect([one.code, other.code]).toEqual([0, 0])
    const both = await Promise.all([instance.edge(into('same')), instance.edge(into('same'))])
    expect(both.map(({ code }) => code).toSorted()).toEqual([0, 2])
    await rm(folder, { recursive: true })
  })
})
