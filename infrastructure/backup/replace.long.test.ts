import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { project, TestInstance } from '../../test/instance.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { brokenOf, patientSqlOn, upWithoutClock } from './proofs/test-instance.ts'
import { begin } from './proofs/test-killed.ts'

const run = promisify(execFile)

let instance: TestInstance
let on: Sabotaged
const second = (): string => join(instance.folder, 'second')
beforeAll(async () => {
  instance = await TestInstance.make()
  // On a disk of its own, which is all that is left in the end.
  await mkdir(second())
  await instance.configure(`backup: { secondRepository: '${second()}/repository' },`)
  await chmod(second(), 0o777)
  on = await upWithoutClock(instance)
  await sql('create table public.moments (number int primary key)')
})
afterAll(() => instance.remove())

const sql = (text: string) => patientSqlOn(on, text)

/** Fifty rows from a number on, and a moment after them at which nothing else is committed. */
async function add(from: number): Promise<string> {
  await sql(`insert into public.moments select generate_series(${from}, ${from + 49}) on conflict do nothing`)
  await wait(50)
  const at = new Date().toISOString()
  await wait(50)
  return at
}

const held = async (): Promise<readonly number[]> =>
  (await sql('select number from public.moments where number % 50 = 1 order by 1')).map(({ number }) => number)

const replace = async (...words: readonly string[]) =>
  JSON.parse((await instance.must('restore', 'database', '--replace', '--yes', '--json', ...words)).stdout)

async function expectWhole(): Promise<void> {
  // By whichever of its two ways the primary waits for it.
  const standbys = await sql("select state, sync_state in ('sync', 'quorum') as is_waited_for from pg_stat_replication")
  expect(standbys).toEqual([{ state: 'streaming', is_waited_for: true }])
  expect(await brokenOf(instance, 'database', 'backup')).toEqual([])
  expect(await instance.read('backup/replacement.json').catch(() => 'gone')).toBe('gone')
}

/** A replacement under way, that can be killed. */
const replacing = (at: string) => begin(instance, 'restore', 'database', '--replace', '--yes', '--to', at)

/** A moment to go back to, what is held then, and something after it. */
async function chosen(): Promise<{ readonly at: string; readonly was: readonly number[] }> {
  const at = await add(301)
  const was = await held()
  await add(351)
  return { at, was }
}

/** A replacement that was killed when it said something. */
async function cutOffAt(line: RegExp): ReturnType<typeof chosen> {
  const moment = await chosen()
  const running = replacing(moment.at)
  await running.says(line)
  await running.kill()
  return moment
}

async function goesOn({ at, was }: Awaited<ReturnType<typeof chosen>>): Promise<void> {
  await replace('--to', at)
  expect(await held()).toEqual(was)
  await expectWhole()
}

const moments: Record<string, string> = {}

describe('a restore that takes the place of the live database', () => {
  it('has every row of before its second and none of after, on every member, and keeps what was live', async () => {
    moments['first'] = await add(1)
    moments['second'] = await add(51)
    const report = await replace('--to', moments['first'])
    expect(await held()).toEqual([1])
    expect(report).toMatchObject({ replaced: true, follows: 1 })
    expect(await readdir(report.aside)).toHaveLength(1)
    await expectWhole()
  })

  it('goes to a moment that an earlier restore took away', async () => {
    moments['third'] = await add(101)
    expect(await held()).toEqual([1, 101])
    expect(await replace('--to', moments['second'] ?? '')).toMatchObject({ follows: 1 })
    expect(await held()).toEqual([1, 51])
    await expectWhole()
  })

  it('goes to a moment between two earlier ones, by the timeline that was live then', async () => {
    await add(151)
    const report = await replace('--to', moments['third'] ?? '')
    expect(report.follows).toBeGreaterThan(1)
    expect(await held()).toEqual([1, 101])
    await expectWhole()
  })

  it('goes to a moment of after all of them', async () => {
    const at = await add(201)
    await add(251)
    await replace('--to', at)
    expect(await held()).toEqual([1, 101, 201])
    await expectWhole()
  })

  it('begins anew after kill -9 while the copy is restored', async () => {
    const moment = await chosen()
    const running = replacing(moment.at)
    await expect
      .poll(() => stat(join(instance.state, 'data/restored/data')).catch(() => undefined), {
        interval: 20,
        timeout: 60_000,
      })
      .toBeDefined()
    await running.kill()
    await goesOn(moment)
  })

  it.each([
    ['while the members end', /ending the members/],
    ['while the first one starts', /starting on the restored data/],
  ])('is gone on with after kill -9 %s', async (_, line) => {
    const moment = await cutOffAt(line)
    const refused = await instance.edge(['up', '--no-load-test'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('a restore (as of')])
    await goesOn(moment)
  })

  it.each([
    ['while the others clone it', /the other members clone it/],
    ['when the standby is back', /✓ standby/],
  ])('is brought to its end by up after kill -9 %s, as the copy leads already', async (_, line) => {
    const { was } = await cutOffAt(line)
    await instance.must('up', '--no-load-test')
    expect(await held()).toEqual(was)
    await expectWhole()
  })
})

it('compares a restored copy with the live database', async () => {
  const into = join(instance.state, 'compared')
  await instance.must('restore', 'database', '--into', into)
  await add(401)
  const { tables } = JSON.parse((await instance.must('backup', 'compare', into, '--json')).stdout)
  expect(tables[0]).toMatchObject({ table: 'public.moments', is: 'other rows' })
  expect(tables.slice(1).every(({ is }: { is: string }) => is === 'same')).toBe(true)
  await rm(into, { recursive: true })
})

it('brings the whole site back where nothing is left but the second repository and the recovery sheet', async () => {
  const sheet = join(instance.folder, 'sheet')
  const letter = join(instance.state, 'uploads', 'letter.txt')
  await on.run(['sh', '-c', 'printf %s "$1" > "$0"', letter, 'as it was'])
  const before = await held()
  await instance.must('backup', 'now')
  await instance.must('backup', 'recovery-sheet', '--out', sheet)
  expect((await stat(sheet)).mode & 0o777).toBe(0o600)
  const refused = await instance.edge(['backup', 'recovery-sheet', '--out', join(second(), 'repository', 'sheet')])
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('apart from what it opens')])
  await instance.must('destroy', '--yes')
  await rename(second(), `${second()}.away`)
  const away = await instance.edge(['up', '--from-sheet', sheet, '--no-load-test'])
  expect([away.code, away.stderr]).toEqual([2, expect.stringContaining('no repository lies in')])
  await rename(`${second()}.away`, second())
  // As on a machine where the engines' user has another number.
  const repository = join(second(), 'repository')
  const { uid, gid } = await stat(repository)
  await run('chown', ['-R', '0:0', repository])
  const closed = await instance.edge(['up', '--from-sheet', sheet, '--no-load-test'])
  expect([closed.code, closed.stderr]).toEqual([2, expect.stringContaining(`chown -R edge: '${repository}'`)])
  await run('chown', ['-R', `${uid}:${gid}`, repository])
  await instance.must('up', '--from-sheet', sheet, '--no-load-test')
  expect(await held()).toEqual(before)
  expect(await readFile(letter, 'utf8')).toBe('as it was')
  await expectWhole()
  // It is for a machine that has nothing.
  const again = await instance.edge(['up', '--from-sheet', sheet, '--no-load-test'])
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('has an instance with data')])
  // And the moments of before the loss are still there to go back to.
  await replace('--from', 'second', '--to', moments['second'] ?? '')
  expect(await held()).toEqual([1, 51])
  await expectWhole()
})

it('brings it back where it was lost after a restore of which there is no backup yet', async () => {
  const sheet = join(instance.folder, 'sheet-of-before')
  await instance.must('backup', 'recovery-sheet', '--out', sheet)
  const { at, was } = await chosen()
  // The newest one there is in the end, and of a past that the restore takes away.
  await instance.must('backup', 'now')
  const archive = join(second(), 'repository', 'database', 'archive', 'edge')
  const histories = async () =>
    (await readdir(archive, { recursive: true })).filter((name) => name.endsWith('.history'))
  const known = await histories()
  const running = replacing(at)
  await running.says(/✓ standby/)
  await running.kill()
  await sql('select pg_switch_wal()')
  await expect.poll(async () => (await histories()).length, { timeout: 60_000 }).toBeGreaterThan(known.length)
  await instance.must('destroy', '--yes')
  await instance.must('up', '--from-sheet', sheet, '--no-load-test')
  expect(await held()).toEqual(was)
  await expectWhole()
})

it('is brought back by the same command after each kill -9 of it, and by nothing else until the copy leads', async () => {
  const sheet = join(instance.folder, 'sheet-of-cut-off')
  await instance.must('backup', 'recovery-sheet', '--out', sheet)
  await add(701)
  const was = await held()
  const replacements = async () => (await instance.read('backup/noted/own/catalog/replaced.ndjson')).split('\n')
  const noted = await replacements()
  await instance.must('backup', 'now')
  await instance.must('destroy', '--yes')
  const words = ['--from-sheet', sheet, '--no-load-test']
  for (const line of [/✓ files/, /✓ restore/, /ending the members/, /starting on the restored data/]) {
    const running = begin(instance, 'up', ...words)
    await running.says(line)
    await running.kill()
    const refused = await instance.edge(['up', '--no-load-test'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('edge up --from-sheet FILE goes on')])
  }
  const running = begin(instance, 'up', ...words)
  await running.says(/the other members clone it/)
  await running.kill()
  await instance.must('up', ...words)
  expect(await held()).toEqual(was)
  expect(await replacements()).toHaveLength(noted.length + 1)
  await expectWhole()
})

/** The commands of the runbook, in their order, each as its words. */
async function commandsOfRunbook(): Promise<readonly (readonly string[])[]> {
  const text = await readFile(join(project, 'docs/runbooks/restore.md'), 'utf8')
  return [...text.matchAll(/^ {4}edge (.+)$/gm)].map(([, line = '']) =>
    [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''),
  )
}

it('runs each command of the runbook, in its order', async () => {
  const at = await add(501)
  const places: Readonly<Record<string, string>> = {
    '2026-01-31 12:00:00+00': at,
    '/srv/restored': join(instance.state, 'copies', 'database'),
    '/srv/files': join(instance.state, 'copies', 'files'),
    '/mnt/usb/recovery-sheet': join(instance.folder, 'sheet-of-runbook'),
  }
  await on.run(['mkdir', join(instance.state, 'copies')])
  const commands = await commandsOfRunbook()
  expect(commands.map(([verb]) => verb).join(' ')).toBe('restore backup restore restore restore backup up verify')
  await instance.must('backup', 'now')
  for (const command of commands) {
    const words = command.map((word) => places[word] ?? word)
    if (words[0] === 'up') await instance.must('destroy', '--yes')
    const yes = words.includes('--replace') ? ['--yes'] : []
    const short = words[0] === 'up' ? ['--no-load-test'] : []
    await instance.must(...words, ...yes, ...short)
  }
  expect(await held()).toContain(501)
})
