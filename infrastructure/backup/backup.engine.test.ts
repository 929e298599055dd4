import { chown, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
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
    const { code, stderr } = await instance.edge(['backup', 'now'])
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
    const { stdout } = await instance.must('restore', 'database', '--to', at.toISOString(), '--into', into, '--json')
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
