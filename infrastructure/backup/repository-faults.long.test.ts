import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readdir, realpath, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dayMs } from '../../src/core/units.ts'
import { TestInstance } from '../../test/instance.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { testWorld } from '../../test/world.ts'
import { compose } from '../compose.ts'
import type { Backups } from './backups.ts'
import { expireDatabase } from './expire.ts'
import { flip, largestBelow } from './proofs/test-damage.ts'
import { backupsOf, sqlOn, upWithoutClock } from './proofs/test-instance.ts'
import { begin } from './proofs/test-killed.ts'

const run = promisify(execFile)

let instance: TestInstance
let on: Sabotaged
/** A disk of a few megabytes, which only root can mount, with the first repository on it. */
let disk: string
const repository = (): string => join(disk, 'repository')
beforeAll(async () => {
  instance = await TestInstance.make()
  disk = join(instance.folder, 'disk')
  await mkdir(disk)
  await run('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=1777', 'tmpfs', disk])
  await instance.configure(`backup: { repository: '${repository()}' },`)
  on = await upWithoutClock(instance)
})
afterAll(async () => {
  await instance.edge(['destroy', '--yes'])
  await run('umount', [disk])
  await instance.remove()
})

const endSegment = () => sqlOn(on, "select pg_logical_emit_message(true, 'edge', 'noise'), pg_switch_wal()")

const because = async (id: string): Promise<string | undefined> => (await instance.judgement(id))?.because

/** What a backup says that fails, in one line. */
async function refused(): Promise<string> {
  const { code, stderr } = await instance.edge(['backup', 'now'])
  expect(code).toBe(1)
  return stderr.split('\n').find((line) => line.includes('backup')) ?? stderr
}

/** It is good again by itself: nothing is left that somebody would have to clean up. */
async function expectGood(): Promise<void> {
  await instance.must('backup', 'now')
  await expect.poll(() => because('backup.transactionLogs'), { timeout: 120_000 }).toBeUndefined()
  expect((await backupsOf(instance)).filter(({ state }) => state === 'damaged')).toEqual([])
}

describe('a repository', () => {
  it('that is missing is told to be missing', async () => {
    await rename(repository(), `${repository()}.away`)
    const says = await refused().finally(() => rename(`${repository()}.away`, repository()))
    expect(says).toMatch(/the repository is not there/)
    await expectGood()
  })

  it('that its user may not read is told to be closed to it', async () => {
    const database = join(repository(), 'database')
    const { uid, gid, mode } = await stat(database)
    await chown(database, 0, 0)
    await chmod(database, 0o700)
    const says = await refused().finally(async () => {
      await chown(database, uid, gid)
      await chmod(database, mode & 0o777)
    })
    expect(says).toMatch(/may not be read or written by the engines' user/)
    await expectGood()
  })

  it('that is full is told to be full, archiving with it, and goes on when there is room', async () => {
    const filler = join(disk, 'filler')
    const { bavail, bsize } = await statfs(disk)
    await run('fallocate', ['-l', String(bavail * bsize), filler])
    try {
      expect(await refused()).toMatch(/the disk of the repository is full/)
      await endSegment()
      await expect.poll(() => because('backup.transactionLogs'), { timeout: 90_000 }).toMatch(/archiving fails/)
    } finally {
      await rm(filler)
    }
    await expectGood()
  })

  it('whose key is another one is told to be so', async () => {
    await on.edit('backup/pgbackrest.conf', (text) => text.replace(/^(repo1-cipher-pass=).*/m, '$1another'))
    const says = await refused().finally(() =>
      on.edit('backup/pgbackrest.conf', (text) =>
        text.replace(/^(repo1-cipher-pass=).*/m, `$1${on.instance.secrets['backup'] ?? ''}`),
      ),
    )
    expect(says).toMatch(/does not open with its key/)
    await expectGood()
  })

  it('that a killed run of restic has locked is opened by the next one', async () => {
    const locks = join(repository(), 'files', 'locks')
    const running = begin(instance, 'backup', 'now')
    await expect.poll(() => readdir(locks), { interval: 5, timeout: 60_000 }).not.toEqual([])
    await running.kill()
    await expectGood()
    await instance.must('backup', 'verify')
    expect(await readdir(locks)).toEqual([])
  })
})

describe('a byte that is flipped', () => {
  it.each([
    ['in the newest backup of the database', 'database/backup/edge/latest', /damaged/],
    ['in a pack of the files', 'files/data', /damaged/],
  ])('%s is told by the verification', async (_, below, says) => {
    const damaged = await largestBelow(await realpath(join(repository(), below)))
    await flip(damaged)
    const { code, stderr } = await instance.edge(['backup', 'verify']).finally(() => flip(damaged))
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)])
    await instance.must('backup', 'verify')
  })
})

describe('an expiry that is killed', () => {
  /** What the verbs work on, as this process sees it. */
  const backups = (): Backups => compose(on.configuration, on.instance, instance.file).backups
  const at = new Date(Date.now() + 400 * dayMs)
  /** Ends each program after some time, as `kill -9` would. */
  const killing = (ms: number) => ({
    ...testWorld().world,
    now: () => at,
    run: (command: Parameters<Sabotaged['run']>[0], options?: Parameters<Sabotaged['run']>[1]) =>
      on.run(command, { ...options, timeoutMs: ms }),
  })
  const labels = async (): Promise<readonly string[]> => (await backupsOf(instance)).map(({ label }) => label)

  it.each([5, 20, 50, 100, 200, 400, 800, 1600])('after %i ms loses nothing that was to stay', async (ms) => {
    await instance.must('backup', 'now')
    const newest = (await labels()).at(-1)
    await expireDatabase(backups(), 1, killing(ms)).catch(() => undefined)
    expect((await labels()).at(-1)).toBe(newest)
  })

  it('is gone on with by the next one, and what is left is whole', async () => {
    await instance.must('backup', 'now')
    await expireDatabase(backups(), 1, killing(600_000))
    expect((await labels()).length).toBeLessThanOrEqual(2)
    await instance.must('backup', 'verify')
    await instance.must('backup', 'now')
    await instance.must('backup', 'verify')
  })
})
