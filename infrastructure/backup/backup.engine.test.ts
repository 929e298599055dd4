import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { askCopy } from './test-copy.ts'
import { flip, largestBelow } from './test-damage.ts'
import { withoutClock } from './test-clock.ts'
import { addressesOf } from '../database/addresses.ts'
import { archiveParameters } from './paths.ts'

let instance: TestInstance
let on: Sabotaged
let folder: string
beforeAll(async () => {
  instance = await TestInstance.make('backup: undefined,')
  await instance.must('deploy', '--yes', '--skip', 'backup')
  on = await hands(instance)
  await seeWithoutBackups()
  await instance.must('up', '--no-load-test')
  await withoutClock(on)
  folder = await mkdtemp(join(tmpdir(), 'edge-restored-'))
  const { uid, gid } = await stat(instance.state)
  await chown(folder, uid, gid)
})
afterAll(async () => {
  await instance.remove()
  await rm(folder, { recursive: true, force: true })
})

const superuser = () => ({ ...addressesOf(on.instance, tlsFiles(instance.state).ca).superuser, database: 'app' })
const sql = (text: string) => withClient(superuser(), async (client) => (await client.query(text)).rows)

/** What was seen before backups were deployed. */
const without: { archiver?: unknown; waiting?: unknown; daily?: string; because?: string; backup?: string } = {}

async function seeWithoutBackups(): Promise<void> {
  await sql("select pg_logical_emit_message(false, 'edge', 'noise'), pg_switch_wal()")
  const archived = async () => (await sql('select archived_count::int as count from pg_stat_archiver'))[0]?.count
  while (Number(await archived()) === 0) await wait(100)
  without.archiver = await sql('select failed_count::int as failed from pg_stat_archiver')
  const daily = (await instance.verify('backup.daily')).get('backup.daily')
  Object.assign(without, { daily: daily?.verdict, because: daily?.because })
  without.backup = (await instance.edge(['backup', 'now'])).stderr
}

describe('an instance whose backups were left out', () => {
  it('keeps no log back, and says that nothing is backed up', () => {
    const because = 'backups were never deployed here: nothing is backed up, and no log is kept'
    expect(without).toEqual({
      archiver: [{ failed: 0 }],
      daily: 'broken',
      because,
      backup: expect.stringContaining(`${because}\n  hint: edge deploy backup`),
    })
  })
})

describe('a backup', () => {
  it('is there when the first `edge up` ends, of every tier, and was brought back and compared', async () => {
    const { backups } = JSON.parse(await instance.answer('backup', 'list', '--json'))
    expect(backups).toEqual([expect.objectContaining({ tiers: ['daily', 'weekly', 'monthly'], state: 'verified' })])
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
    const { backups } = JSON.parse(await instance.answer('backup', 'list', '--json'))
    expect(backups).toHaveLength(3)
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
    expect((await instance.verify('backup.daily')).get('backup.daily')?.verdict).toBe('kept')
    // What was archived meanwhile comes there by itself.
    await expect
      .poll(async () => (await instance.verify('backup.transactionLogs')).get('backup.transactionLogs')?.because, {
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
  /** What an operator bounds for the app, and a table of which one row takes longer than that, and its index as well. */
  const bounds = ["statement_timeout = '1s'", "lock_timeout = '100ms'", "idle_in_transaction_session_timeout = '1s'"]
  const slowly = `create type public.slow as (number int);
    create function public.slow_text(slow) returns text language plpgsql
      as $$ begin perform pg_sleep(1.2); return ($1).number::text; end $$;
    create cast (public.slow as text) with function public.slow_text;
    create function public.slow_key(int) returns int language plpgsql immutable
      as $$ begin perform pg_sleep(1.2); return $1; end $$;
    create table public.slows (number int, of public.slow); insert into public.slows values (1, row(1));
    create index on public.slows (public.slow_key(number))`
  beforeAll(async () => {
    await sql(slowly)
    for (const bound of bounds) await sql(`alter database app set ${bound}`)
    await instance.must('backup', 'now', 'weekly')
  })
  afterAll(async () => {
    await sql('drop table public.slows; drop type public.slow cascade; drop function public.slow_key')
    for (const bound of bounds) await sql(`alter database app reset ${bound.split(' ')[0]}`)
  })

  it('has all the time that it takes, whatever the app is allowed', async () => {
    const { stdout } = await instance.must('backup', 'verify')
    expect(stdout).not.toContain('not compared')
    // The backup before it ended all that rang: it is kept as long, and the second repository was there.
    for (const what of ['daily', 'weekly', 'copy', 'filesCopy', 'verification'])
      expect(await figures()).toContain(`edge_backup_failed{what="${what}"} 0\n`)
  })

  type Entry = {
    at: string
    readonly database: { readonly fingerprints: Record<string, object>; markers: { before: string; after: string } }
    readonly files: { readonly hashes: Record<string, string> }
  }
  it.each<[string, (entry: Entry) => void, RegExp]>([
    // The first one: before it was a good verification.
    [
      'no backup that came since the last one',
      (entry) => (entry.at = '2026-01-01T03:00:00.000Z'),
      /the newest backup, of 2026-01-01.*, was verified before/,
    ],
    [
      'a table that held something else',
      ({ database: { fingerprints } }) => void (fingerprints['public.slows'] = { rows: 1, sum: '4711' }),
      /the restored database differs: public\.slows has other content/,
    ],
    [
      'a row of before it that is not there',
      ({ database: { markers } }) => void (markers.before = '00000000-0000-0000-0000-000000000000'),
      /the row that was written before the backup is not in it/,
    ],
    [
      'a row of after its moment that is there',
      ({ database: { markers } }) => void (markers.after = markers.before),
      /a row of after the chosen second is in the restored database/,
    ],
    [
      'a file that was another one',
      ({ files: { hashes } }) => Object.keys(hashes).forEach((name) => (hashes[name] = 'another')),
      /a restored file differs: .* has other content/,
    ],
  ])('fails by %s', async (_, change, says) => {
    const catalog = join(instance.state, 'backup/noted/own/catalog')
    const numbers = (await readdir(catalog)).flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    const file = join(catalog, `${Math.max(...numbers.map(Number))}.json`)
    const before = await readFile(file, 'utf8')
    const entry: Entry = JSON.parse(before)
    change(entry)
    await writeFile(file, JSON.stringify(entry))
    const { code, stderr } = await instance.edge(['backup', 'verify']).finally(() => writeFile(file, before))
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)])
    expect(await figures()).toContain('edge_backup_failed{what="verification"} 1\n')
  })
})

describe('a restore in place of the database', () => {
  it('leaves nothing behind where somebody else is at work when it is agreed', async () => {
    const copy = join(instance.state, 'data', 'restored')
    const begins = instance.edge(['restore', 'database', '--replace', '--yes'])
    const isThere = (path: string) =>
      stat(path).then(
        () => true,
        () => false,
      )
    await expect.poll(() => isThere(join(copy, 'data')), { timeout: 120_000 }).toBe(true)
    const lock = join(instance.state, 'run', 'lock')
    const other = spawn('flock', [lock, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
    other.stdin.write('held')
    await once(other.stdout, 'data')
    await writeFile(`${lock}.holder`, `edge up (pid ${process.pid}, since now)\n`)
    const { code, stderr } = await begins
    const early = await instance.edge(['restore', 'database', '--replace', '--yes'])
    const closed = once(other, 'close')
    other.stdin.end()
    await closed
    expect([code, stderr]).toEqual([1, expect.stringContaining('edge up (pid')])
    expect([early.code, early.stdout, early.stderr]).toEqual([1, '', expect.stringContaining('edge up (pid')])
    const left = [copy, join(instance.state, 'backup', 'replacement.json')].map(isThere)
    expect(await Promise.all(left)).toEqual([false, false])
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
    const at = await withClient(superuser(), async (client) => {
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
    const { code, stderr } = await instance.edge([
      'restore',
      'database',
      '--to',
      '2020-01-01 00:00:00Z',
      '--into',
      join(folder, 'early'),
    ])
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
    const count = async () => JSON.parse(await instance.answer('backup', 'list', '--json')).backups.length
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

/** The largest file of a backup in the first repository has one byte that is another one; answers what puts it back. */
async function damage(label: string): Promise<() => Promise<void>> {
  const made = join(instance.state, 'backup', 'repository', 'database', 'backup', 'edge', label)
  const path = await largestBelow(made)
  await flip(path)
  return () => flip(path)
}

describe('a backup that is damaged in the first repository', () => {
  it('counts for nothing from its verification on until a later one reads it well, and the second repository is named', async () => {
    await instance.must('backup', 'now')
    const states = async () => {
      const listed = JSON.parse(await instance.answer('backup', 'list', '--json')).backups
      return listed.map(({ label, state }: { label: string; state: string }) => [label, state]).at(-1)
    }
    const [label] = await states()
    const mend = await damage(label)
    const refused = await instance.edge(['restore', 'database', '--into', join(folder, 'damaged')])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--from second')])
    expect(await instance.edge(['backup', 'verify'])).toMatchObject({ code: 1 })
    expect(await states()).toEqual([label, 'damaged'])
    expect((await instance.verify('backup.daily')).get('backup.daily')).toMatchObject({
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
    expect((await instance.verify('backup.daily')).get('backup.daily')?.because).toBeUndefined()
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
