import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { project, TestInstance } from '../../test/instance.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { onTerminal } from '../../test/terminal.ts'
import { backupsOf, folderFor, sqlOn, upWithoutClock } from './proofs/test-instance.ts'

let instance: TestInstance
let on: Sabotaged
beforeAll(async () => {
  instance = await TestInstance.make('backup: undefined,')
  on = await upWithoutClock(instance)
  await instance.must('backup', 'now')
})
afterAll(() => instance.remove())

const verdict = () => instance.judgement('backup.verification')
const listed = () => backupsOf(instance)

/** The folder with the log of the first repository. */
const log = join('backup', 'repository', 'database', 'archive', 'edge', '15-1')

/** Takes away the log that an older backup came about with; answers what puts it back. */
async function withoutLogOf(label: string): Promise<() => Promise<void>> {
  const info = await on.run([
    'pgbackrest',
    `--config=${instance.state}/backup/pgbackrest.conf`,
    '--stanza=edge',
    '--output=json',
    'info',
  ])
  const { backup } = JSON.parse(info.stdout)[0]
  const { archive } = backup.find((one: { label: string }) => one.label === label)
  const folder = join(instance.state, log, archive.stop.slice(0, 16))
  const name = (await readdir(folder)).find((one) => one.startsWith(archive.stop))
  if (name === undefined) throw new Error(`no ${archive.stop} in ${folder}`)
  const aside = join(instance.folder, 'aside')
  await mkdir(aside, { recursive: true })
  await rename(join(folder, name), join(aside, name))
  return () => rename(join(aside, name), join(folder, name))
}

/** Each brings back five backups, twice. */
const manyRestoresMs = 600_000

describe('edge backup verify --deep', { timeout: manyRestoresMs }, () => {
  it('brings back every backup of both repositories, and says so', async () => {
    const { stdout } = await instance.must('backup', 'verify', '--deep')
    expect(stdout).toMatch(/every backup +all came back sound: 2 of the first repository, 2 of the second/)
    expect(await verdict()).toMatchObject({ verdict: 'kept' })
  })

  it('finds an older backup whose log is gone, which a plain one does not', async () => {
    const [older] = await listed()
    const putBack = await withoutLogOf(older?.label ?? '')
    const plain = await instance.edge(['backup', 'verify'])
    const deep = await instance.edge(['backup', 'verify', '--deep'])
    const states = (await listed()).map(({ state }) => state)
    const broken = await verdict()
    await putBack()
    expect([plain.code, plain.stderr]).toEqual([0, ''])
    expect([deep.code, deep.stderr]).toEqual([1, expect.stringContaining(`${older?.label} in the first repository: `)])
    expect(states).toEqual(['damaged', 'verified'])
    expect(broken).toMatchObject({ verdict: 'broken', because: expect.stringContaining(older?.label ?? '') })
  })

  it('keeps what it found known until each was tried again', async () => {
    await instance.must('backup', 'verify')
    expect((await listed()).map(({ state }) => state)).toEqual(['damaged', 'verified'])
    await instance.must('backup', 'verify', '--deep')
    expect((await listed()).map(({ state }) => state)).toEqual(['', 'verified'])
    expect(await verdict()).toMatchObject({ verdict: 'kept' })
  })

  it('says of how many it has looked for no file, as nothing was noted of them', async () => {
    const catalog = join(instance.state, 'backup/noted/own/catalog')
    const [oldest = ''] = (await readdir(catalog)).toSorted()
    await rename(join(catalog, oldest), join(instance.folder, oldest))
    const { stdout } = await instance.must('backup', 'verify', '--deep')
    const seen = await verdict()
    await rename(join(instance.folder, oldest), join(catalog, oldest))
    expect(stdout).toContain('of 2 the database alone was looked through')
    expect(seen?.evidence).toMatchObject({ facts: { ofWhichWithoutFiles: 2 } })
  })

  it('is of verify alone', async () => {
    const { code, stderr } = await instance.edge(['backup', 'list', '--deep'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--deep: is for verify alone')])
  })
})

describe('on a terminal', () => {
  it('a restore shows how much has come, of how much', async () => {
    // Of which the disk is asked for a while.
    await sqlOn(
      on,
      'create table public.large as select number, repeat(md5(number::text), 20) as text from generate_series(1, 400000) number',
    )
    await instance.must('backup', 'now')
    const into = await folderFor(instance, 'restored')
    const { code, shown } = await onTerminal(
      [join(project, 'edge'), 'restore', 'database', '--config', instance.file, '--into', into],
      [],
    )
    expect([code, shown]).toEqual([0, expect.stringMatching(/copying: [\d.]+ MB of [\d.]+ MB/)])
  })

  it('a verification shows how much of the log is replayed', async () => {
    const { code, shown } = await onTerminal([join(project, 'edge'), 'backup', 'verify', '--config', instance.file], [])
    expect([code, shown]).toEqual([0, expect.stringMatching(/recovering to the end of the logs: [\d.]+ M?B of \d+ MB/)])
  })
})
