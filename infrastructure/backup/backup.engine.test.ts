import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { archiveParameters } from './paths.ts'
import { changedEntries, changeNewestEntry } from './proofs/changed-entries.ts'
import { holdLock } from './proofs/held-lock.ts'
import { dropSlowTable, makeSlowTable } from './proofs/slow-table.ts'
import { seenWithoutBackups } from './proofs/without-backups.ts'
import { withoutClock } from './proofs/test-clock.ts'
import { askCopy } from './proofs/test-copy.ts'
import { damageBackup } from './proofs/test-damage.ts'
import { appOf, backupsOf, folderFor, sqlOn } from './proofs/test-instance.ts'

let instance: TestInstance
let on: Sabotaged
let folder: string
let without: Awaited<ReturnType<typeof seenWithoutBackups>>
beforeAll(async () => {
  instance = await TestInstance.make('backup: undefined,')
  await instance.must('deploy', '--yes', '--skip', 'backup')
  on = await hands(instance)
  without = await seenWithoutBackups(instance, on)
  await instance.must('up', '--no-load-test')
  await withoutClock(on)
  folder = await folderFor(instance, 'restored')
})
afterAll(() => instance.remove())

const sql = (text: string) => sqlOn(on, text)

describe('an instance whose backups were left out', () => {
  it('keeps no log back, and says that nothing is backed up', () => {
    const because = 'backups were never deployed here: nothing is backed up, and no log is kept'
    expect(without).toEqual({
      failed: 0,
      daily: 'broken',
      because,
      backup: expect.stringContaining(`${because}\n  hint: edge deploy backup`),
    })
  })
})

describe('a backup', () => {
  it('is there when the first `edge up` ends, of every tier, and was brought back and compared', async () => {
    expect(await backupsOf(instance)).toEqual([
      expect.objectContaining({ tiers: ['daily', 'weekly', 'monthly'], state: 'verified' }),
    ])
  })

  it('is not made again by a second `edge up`', async () => {
    expect((await instance.must('up', '--no-load-test')).stdout).not.toContain('first backup')
  })

  it('waits for its turn while another one is made', async () => {
    const [one, other] = await Promise.all([
      instance.edge(['backup', 'now']),
      instance.edge(['backup', 'now', 'weekly']),
    ])
    expect([one.code, other.code]).toEqual([0, 0])
    expect(await backupsOf(instance)).toHaveLength(3)
  })
})

const figures = () => instance.read('metrics/backup.prom')

describe('the second repository', () => {
  it('is told to be away, and takes nothing from the first one', async () => {
    const second = join(instance.state, 'backup', 'second')
    await rename(second, `${second}.away`)
    // As the place of a disk that is not mounted: no new repository begins in it.
    await on.run(['mkdir', second])
    const deployed = await instance.edge(['deploy', '--yes', 'backup'])
    expect([deployed.code, deployed.stderr, await readdir(second)]).toEqual([
      2,
      expect.stringContaining('is its disk mounted?'),
      [],
    ])
    await rm(second, { recursive: true })
    await writeFile(second, 'a file where the folder was')
    // As one of last Sunday left it.
    const failed = join(instance.state, 'backup/noted/own/failed')
    await on.run(['sh', '-c', 'mkdir -p "$0" && date > "$0/weekly"', failed])
    const { code, stderr } = await instance.edge(['backup', 'now'])
    for (const what of ['weekly', 'copy', 'filesCopy'])
      expect(await figures()).toContain(`edge_backup_failed{what="${what}"} 1\n`)
    expect(await figures()).toContain('edge_backup_failed{what="daily"} 0\n')
    await rm(second)
    await rename(`${second}.away`, second)
    expect([code, stderr]).toEqual([0, ''])
    expect(await instance.read('agent/inbox.ndjson')).toContain('no copy in the second repository')
    expect((await instance.judgement('backup.daily'))?.verdict).toBe('kept')
    // What was archived meanwhile comes there by itself.
    await expect
      .poll(async () => (await instance.judgement('backup.transactionLogs'))?.because, {
        timeout: 90_000,
      })
      .toBeUndefined()
  })
})

describe('the log', () => {
  it('is asked for by the agent, which tells whether it is archived', async () => {
    await expect
      .poll(() => instance.read('metrics/archiving.prom').catch(() => ''))
      .toContain('edge_backup_failed{what="log"} 0\n')
  })
})

describe('a verification', () => {
  beforeAll(async () => {
    await makeSlowTable(sql)
    await instance.must('backup', 'now', 'weekly')
  })
  afterAll(() => dropSlowTable(sql))

  it('has all the time that it takes, whatever the app is allowed', async () => {
    const { stdout } = await instance.must('backup', 'verify')
    expect(stdout).not.toContain('not compared')
    // The backup before it ended all that rang: it is kept as long, and the second repository was there.
    for (const what of ['daily', 'weekly', 'copy', 'filesCopy', 'verification'])
      expect(await figures()).toContain(`edge_backup_failed{what="${what}"} 0\n`)
  })

  it.each(changedEntries)('fails by %s', async (_, change, says) => {
    const putBack = await changeNewestEntry(instance.state, change)
    const { code, stderr } = await instance.edge(['backup', 'verify']).finally(putBack)
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)])
    expect(await figures()).toContain('edge_backup_failed{what="verification"} 1\n')
  })
})

describe('a restore in place of the database', () => {
  it('leaves nothing behind where somebody else is at work when it is agreed', async () => {
    const copy = join(instance.state, 'data', 'restored')
    const begins = instance.edge(['restore', 'database', '--replace', '--yes'])
    await expect.poll(() => existsSync(join(copy, 'data')), { timeout: 120_000 }).toBe(true)
    const letGo = await holdLock(instance.state)
    const { code, stderr } = await begins
    const early = await instance.edge(['restore', 'database', '--replace', '--yes'])
    await letGo()
    expect([code, stderr]).toEqual([1, expect.stringContaining('edge up (pid')])
    expect([early.code, early.stdout, early.stderr]).toEqual([1, '', expect.stringContaining('edge up (pid')])
    const left = [copy, join(instance.state, 'backup', 'replacement.json')].map((path) => existsSync(path))
    expect(left).toEqual([false, false])
    await instance.must('backup', 'list')
  })
})

describe('a restore of the database', () => {
  it('has every row of before its second and none of after', async () => {
    await sql('create table public.moments (number int primary key)')
    const add = (from: number) => sql(`insert into public.moments select generate_series(${from}, ${from + 49})`)
    await add(1)
    await add(51)
    // Somebody empties the table at that second, and holds it.
    const at = await withClient(appOf(on), async (client) => {
      await client.query('begin; truncate public.moments')
      await wait(20)
      const now = new Date()
      await wait(20)
      await client.query('insert into public.moments select generate_series(101, 150); commit')
      return now
    })
    const into = join(folder, 'database')
    // A segment that is archived is noted beside it: without the note the live one archives nothing for a minute.
    const beside = join(instance.state, 'backup', 'spool', 'archive', 'edge', 'in')
    await mkdir(beside)
    const { stdout } = await instance.must('restore', 'database', '--to', at.toISOString(), '--into', into, '--json')
    await rm(beside, { recursive: true })
    expect(JSON.parse(stdout)).toMatchObject({ folder: into, rows: expect.any(Number) })
    expect(await askCopy(on, into, 'select count(*), min(number), max(number) from moments')).toBe('100|1|100')
    expect(await askCopy(on, into, 'show archive_mode')).toBe('off')
    expect(await askCopy(on, into, 'show jit')).toBe('off')
    expect(await sql('select count(*)::int as count from moments')).toEqual([{ count: 50 }])
  })

  it('goes to the end of the logs where the live database can archive nothing more, and says so', async () => {
    const into = join(folder, 'without-live')
    await sql('alter table edge.backup_marker rename to lost')
    const { stdout } = await instance
      .must('restore', 'database', '--into', into, '--json')
      .finally(() => sql('alter table edge.lost rename to backup_marker'))
    const { to, next } = JSON.parse(stdout)
    expect(to).toMatch(/^the end of the logs, whose last commit is of 20/)
    expect(next[0]).toContain('backup_marker')
  })

  it('leaves a folder alone that holds something', async () => {
    const into = join(folder, 'mine')
    await mkdir(into)
    await writeFile(join(into, 'mine'), '')
    const { code, stderr } = await instance.edge(['restore', 'database', '--into', into])
    expect([code, stderr, await readdir(into)]).toEqual([2, expect.stringContaining('is not empty'), ['mine']])
  })

  it.each(['database', 'state'])(
    'refuses a folder in which no server can be started, and makes none: %s',
    async (what) => {
      const into = join(folder, "it's")
      const { code, stderr } = await instance.edge(['restore', what, '--into', into])
      expect([code, stderr]).toEqual([2, expect.stringContaining(`has "'" in it`)])
      expect(await readdir(folder)).not.toContain("it's")
    },
  )

  it('says what the earliest second is where it is asked for one before', async () => {
    const words = ['restore', 'database', '--to', '2020-01-01 00:00:00Z', '--into', join(folder, 'early')]
    const { code, stderr } = await instance.edge(words)
    expect([code, stderr]).toEqual([2, expect.stringMatching(/before the first backup[^]*the earliest second/)])
  })

  it.each([
    ['yesterday', /"yesterday" is not a time/],
    ['2026-01-31', /has no time of day/],
    ['2026-01-31 12:00:00', /has no zone/],
    ['2999-01-01 00:00:00Z', /is still to come/],
  ])('refuses %s as its moment, and says why', async (moment, says) => {
    const { code, stderr } = await instance.edge(['restore', 'database', '--to', moment, '--into', join(folder, 'no')])
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)])
  })

  it('brings the application state back by itself', async () => {
    const into = join(folder, 'state')
    await instance.must('restore', 'state', '--into', into)
    const { stdout } = await on.run(['pg_restore', '--list', join(into, 'state.dump')])
    expect(stdout).toMatch(/TABLE DATA state sessions/)
  })
})

describe('a restore that takes the place of the live state', () => {
  it('has the rows of its second, leaves all else alone, and keeps what was live', async () => {
    await sql('create table state.notes (number int primary key); insert into state.notes values (1)')
    await wait(20)
    const at = new Date().toISOString()
    await wait(20)
    await sql('insert into state.notes values (2); create table public.apart (number int)')
    const words = ['restore', 'state', '--to', at, '--replace']
    const asked = await instance.edge(words)
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('there is no terminal to ask on')])
    const { aside } = JSON.parse((await instance.must(...words, '--yes', '--json')).stdout)
    expect(await sql('select number from state.notes')).toEqual([{ number: 1 }])
    expect(await sql(`select count(*)::int as count from ${aside}.notes`)).toEqual([{ count: 2 }])
    expect(await sql("select to_regclass('public.apart') as there")).toEqual([{ there: 'apart' }])
  })

  it('is refused where a migration changed its tables since', async () => {
    const at = new Date().toISOString()
    await sql('alter table state.notes add column text text')
    const { code, stderr } = await instance.edge(['restore', 'state', '--to', at, '--replace', '--yes'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('notes.text text is only in one of both')])
  })
})

describe('a restore of the state of which tables were dropped', () => {
  it.each([
    ['one', 'drop table state.notes'],
    ['all', 'drop schema state cascade; create schema state authorization app_owner'],
  ])('brings %s back', async (_, drop) => {
    await sql('drop table if exists state.notes; create table state.notes (number int primary key, text text)')
    await sql("insert into state.notes values (1, 'kept')")
    const tables = () => sql("select tablename from pg_tables where schemaname = 'state' order by 1")
    const before = await tables()
    await wait(20)
    const at = new Date().toISOString()
    await wait(20)
    await sql(drop)
    const { stdout } = await instance.must('restore', 'state', '--to', at, '--replace', '--yes', '--json')
    expect([await tables(), await sql('select * from state.notes')]).toEqual([before, [{ number: 1, text: 'kept' }]])
    await sql(`drop schema ${JSON.parse(stdout).aside} cascade`)
  })
})

describe('a restore of files', () => {
  it('brings back what was overwritten since', async () => {
    const file = join(instance.state, 'uploads', 'letter.txt')
    const write = (text: string) =>
      on.run(['sh', '-c', 'mkdir -p "$(dirname "$0")" && printf %s "$1" > "$0"', file, text])
    await write('as it was')
    await instance.must('backup', 'now')
    const at = new Date().toISOString()
    await write('as it is')
    const into = join(folder, 'files')
    await instance.must('restore', 'files', 'uploads', '--to', at, '--into', into)
    expect(await readFile(join(into, file), 'utf8')).toBe('as it was')
  })
})

describe('a folder that was moved, with a link in its place', () => {
  it('is refused before anything is backed up', async () => {
    const uploads = join(instance.state, 'uploads')
    const count = async () => (await backupsOf(instance)).length
    const before = await count()
    await rename(uploads, join(folder, 'large'))
    await symlink(join(folder, 'large'), uploads)
    const [whole, files] = [await instance.edge(['backup', 'now']), await instance.edge(['backup', 'now', 'files'])]
    await rm(uploads)
    await rename(join(folder, 'large'), uploads)
    for (const { code, stderr } of [whole, files])
      expect([code, stderr]).toEqual([1, expect.stringContaining(`${uploads} is a link to ${folder}/large`)])
    expect(await count()).toBe(before)
  })
})

describe('a backup that is damaged in the first repository', () => {
  it('counts for nothing from its verification on until a later one reads it well, and the second repository is named', async () => {
    await instance.must('backup', 'now')
    const states = async () => (await backupsOf(instance)).map(({ label, state }) => [label, state]).at(-1)
    const [label = ''] = (await states()) ?? []
    const mend = await damageBackup(instance.state, label)
    const refused = await instance.edge(['restore', 'database', '--into', join(folder, 'damaged')])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--from second')])
    expect(await instance.edge(['backup', 'verify'])).toMatchObject({ code: 1 })
    expect(await states()).toEqual([label, 'damaged'])
    expect(await instance.judgement('backup.daily')).toMatchObject({
      verdict: 'broken',
      because: expect.stringContaining('is damaged'),
    })
    // The one before it is good, and all logs since are there.
    const { stdout } = await instance.must('restore', 'database', '--into', join(folder, 'before-it'), '--json')
    expect(JSON.parse(stdout).label < label).toBe(true)
    // A verification that cannot read them changes nothing.
    const held = join(instance.state, 'backup', 'repository', 'database', 'backup')
    await rename(held, `${held}.away`)
    expect(await instance.edge(['backup', 'verify'])).toMatchObject({ code: 1 })
    await rename(`${held}.away`, held)
    expect(await states()).toEqual([label, 'damaged'])
    await mend()
    await instance.must('backup', 'verify')
    expect(await states()).toEqual([label, 'verified'])
    expect((await instance.judgement('backup.daily'))?.because).toBeUndefined()
  })
})

describe('a restore from the second repository', () => {
  it('needs nothing of the first one', async () => {
    const first = join(instance.state, 'backup', 'repository')
    const [database, files] = [join(folder, 'database-2'), join(folder, 'files-2')]
    const from = ['--from', 'second', '--json']
    const listed = JSON.parse((await instance.must('backup', 'list', ...from)).stdout)
    await rename(first, `${first}.away`)
    try {
      const { stdout } = await instance.must('restore', 'database', '--into', database, ...from)
      expect(listed.backups.map(({ label }: { label: string }) => label)).toContain(JSON.parse(stdout).label)
      await instance.must('restore', 'files', '--into', files, ...from)
    } finally {
      await rm(first, { recursive: true, force: true })
      await rename(`${first}.away`, first)
    }
    expect((await readdir(join(files, instance.state, 'uploads'))).length).toBeGreaterThan(0)
  })
})

it('writes a recovery sheet anew as whoever called it, into a folder that is closed to its engines', async () => {
  const closed = await mkdtemp(join(tmpdir(), 'edge-sheet-'))
  const sheet = join(closed, 'sheet')
  try {
    for (const _ of ['new', 'anew']) {
      await instance.must('backup', 'recovery-sheet', '--out', sheet)
      expect(await readFile(sheet, 'utf8')).toContain((await instance.read('secrets/backup')).trim())
      expect(await stat(sheet)).toMatchObject({ mode: 0o100600, uid: process.getuid?.() })
    }
    const whole = await readFile(sheet, 'utf8')
    const secret = join(instance.state, 'secrets', 'backup')
    await rename(secret, `${secret}.away`)
    const lost = await Promise.all(
      [sheet, `${sheet}-2`].map((out) => instance.edge(['backup', 'recovery-sheet', '--out', out])),
    )
    await rename(`${secret}.away`, secret)
    for (const { code, stderr } of lost)
      expect([code, stderr]).toEqual([1, expect.stringContaining('is not the key of these backups')])
    expect([await readdir(closed), await readFile(sheet, 'utf8')]).toEqual([['sheet'], whole])
  } finally {
    await rm(closed, { recursive: true })
  }
})

it('does not overwrite the last copy of its key where the secret is lost', async () => {
  const secret = join(instance.state, 'secrets', 'backup')
  const key = (await readFile(secret, 'utf8')).trim()
  // As a full disk leaves it.
  await writeFile(secret, '')
  const { code, stderr } = await instance.edge(['deploy', 'backup'])
  expect([code, stderr]).toEqual([1, expect.stringContaining('is not the key of these backups')])
  expect(await instance.read('backup/pgbackrest.conf')).toContain(`repo1-cipher-pass=${key}`)
  await writeFile(secret, `${key}\n`)
  await instance.must('backup', 'list')
})

it('archives by the command that the cluster has, on each member', async () => {
  const { archive_command: command } = archiveParameters(on.instance, on.configuration.backup)
  expect(await sql("select current_setting('archive_command') as command")).toEqual([{ command }])
})
