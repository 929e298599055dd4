import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestInstance } from '../../test/instance.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { flip } from './proofs/test-damage.ts'
import { brokenOf, sqlOn, upWithoutClock } from './proofs/test-instance.ts'
import { endSegment, notIn } from './proofs/test-segments.ts'

const run = promisify(execFile)
const soon = { timeout: 120_000, interval: 500 }

let instance: TestInstance
let on: Sabotaged
/** A disk of a few hundred megabytes, which only root can mount, with the second repository on it. */
let disk: string
const first = (): string => join(instance.state, 'backup', 'repository')
const second = (): string => join(disk, 'second')
beforeAll(async () => {
  instance = await TestInstance.make()
  disk = join(instance.folder, 'disk')
  await mkdir(disk)
  await run('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=1777', 'tmpfs', disk])
  await instance.configure(`backup: { secondRepository: '${second()}' },`)
  on = await upWithoutClock(instance)
  await sql('create table public.written (number int primary key)')
  await upload('before')
})
afterAll(async () => {
  await instance.edge(['destroy', '--yes'])
  await run('umount', [disk])
  await instance.remove()
})

const sql = (text: string) => sqlOn(on, text)

/** A file that no earlier snapshot has. */
const upload = (name: string) =>
  on.run(['sh', '-c', 'mkdir -p "$(dirname "$0")"; echo "$0" > "$0"', join(instance.state, 'uploads', `${name}.txt`)])

type Listed = { readonly label: string; readonly state: string }
const listed = async (from: string): Promise<readonly Listed[]> =>
  JSON.parse((await instance.must('backup', 'list', '--json', '--from', from)).stdout).backups

/** What the operator was told since a moment, with what to do next, in one line each. */
const toldSince = async (at: number): Promise<readonly string[]> =>
  (await instance.read('agent/inbox.ndjson'))
    .split('\n')
    .filter((line) => line !== '' && Date.parse(JSON.parse(line).at) >= at)
    .map((line) => [JSON.parse(line).says, JSON.parse(line).next].join(' | '))
    .filter((line) => line.includes('second repository'))

const logs = () => instance.judgement('backup.transactionLogs')

/** Has something be the matter, and answers what ends it. */
type Trouble = () => Promise<() => Promise<void>>

const full: Trouble = async () => {
  const filler = join(disk, 'filler')
  const { bavail, bsize } = await statfs(disk)
  await run('fallocate', ['-l', String(bavail * bsize), filler])
  return () => rm(filler)
}

const closed: Trouble = async () => {
  const folders = ['database', 'files'].map((name) => join(second(), name))
  const before = await Promise.all(folders.map(async (folder) => ({ folder, ...(await stat(folder)) })))
  for (const folder of folders) {
    await chown(folder, 0, 0)
    await chmod(folder, 0o700)
  }
  return async () => {
    for (const { folder, uid, gid, mode } of before) {
      await chown(folder, uid, gid)
      await chmod(folder, mode & 0o777)
    }
  }
}

const anotherKey: Trouble = async () => {
  const give = (key: string) =>
    on.edit('backup/pgbackrest.conf', (text) => text.replace(/^(repo2-cipher-pass=).*/m, `$1${key}`))
  await give('another')
  return () => give(on.instance.secrets['backup'] ?? '')
}

/** What each program reads first of a repository; pgBackRest has a copy of its own files, which it would go by. */
const damaged: Trouble = async () => {
  const ofDatabase = ['backup/edge/backup.info', 'archive/edge/archive.info'].flatMap((name) => [name, `${name}.copy`])
  const files = ['files/config', ...ofDatabase.map((name) => `database/${name}`)].map((name) => join(second(), name))
  const turn = async (): Promise<void> => {
    for (const file of files) await flip(file)
  }
  await turn()
  return turn
}

const causes = 'docs/runbooks/backup-failed.md'

describe.each([
  ['full', full, 'the disk of the repository is full', 'docs/runbooks/disk-full.md', 2],
  ['closed to its user', closed, "may not be read or written by the engines' user", causes, 2],
  ['of another key', anotherKey, 'does not open with its key', causes, 1],
  ['damaged where it begins', damaged, 'does not open with its key|what was written is damaged', causes, 2],
])('while the second repository is %s', (name, begin, says, page, places) => {
  let end: () => Promise<void> = async () => undefined
  let segments: readonly string[] = []
  let at = 0
  beforeAll(async () => {
    at = Date.now()
    end = await begin()
  })
  afterAll(() => end())

  it('the database writes on, and the first one gets every segment', async () => {
    const before = Number((await sql('select count(*)::int as count from public.written'))[0]?.['count'])
    const ended: string[] = []
    for (let time = 0; time < 4; time += 1) {
      await sql(
        `insert into public.written select generate_series(${before + time * 10 + 1}, ${before + time * 10 + 10})`,
      )
      ended.push(await endSegment(sql))
    }
    segments = ended
    expect(await sql('select count(*)::int as count from public.written')).toEqual([{ count: before + 40 }])
    await expect.poll(() => notIn(first(), segments), soon).toEqual([])
  })

  it('a backup is made in the first one, and what is said names the second one and what to do', async () => {
    await upload(name.replaceAll(' ', '-'))
    const had = (await listed('first')).length
    const { stdout } = await instance.must('backup', 'now', '--json')
    expect(JSON.parse(stdout).labels).toHaveLength(1)
    expect(await listed('first')).toHaveLength(had + 1)
    const told = await toldSince(at)
    const words = new RegExp(`${second()}.*(${says}).* \\| .*${page}.*edge backup now, when it is well again`)
    expect(told.map((line) => (words.test(line) ? 'said' : line))).toEqual(Array.from({ length: places }, () => 'said'))
  })

  it('verify says which repository lacks the log, and what to look at', async () => {
    await expect.poll(async () => (await logs())?.verdict, soon).toBe('broken')
    const found = await logs()
    expect(found?.because).toMatch(/archiving fails: [\dA-F]{24} was refused last, and is not in the second repository/)
    expect([found?.because, found?.next]).toEqual([expect.stringContaining(second()), expect.stringContaining(page)])
    expect(found?.because).not.toContain(first())
  })

  it('all that it missed of the log comes there by itself once it is well, and a backup brings the rest', async () => {
    await end()
    end = async () => undefined
    await expect.poll(() => notIn(second(), segments), soon).toEqual([])
    await expect.poll(async () => (await logs())?.verdict, soon).toBe('kept')
    await instance.must('backup', 'now')
    for (const from of ['first', 'second']) {
      const all = await listed(from)
      expect([all.length > 0, all.filter(({ state }) => state === 'damaged')]).toEqual([true, []])
    }
    await instance.must('backup', 'verify')
    expect(await brokenOf(instance, 'backup')).toEqual([])
  })
})

it('the files that it missed are in the second one', async () => {
  const into = join(instance.folder, 'files')
  const { uid, gid } = await stat(instance.state)
  await mkdir(into)
  await chown(into, uid, gid)
  await instance.must('restore', 'files', 'uploads', '--from', 'second', '--into', join(into, 'copy'))
  const { stdout } = await run('find', [join(into, 'copy'), '-name', '*.txt'])
  expect(stdout.split('\n').filter((line) => line !== '')).toHaveLength(5)
})
