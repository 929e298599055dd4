import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JudgementJson } from '../../src/core/verify.ts'
import { TestInstance } from '../../test/instance.ts'
import { backupsOf } from './proofs/test-instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make()
  const web = join(instance.folder, 'web')
  await mkdir(web)
  await writeFile(join(web, 'index.html'), '<!doctype html><title>static</title>')
  await instance.configure(`site: { static: '${web}' }, backup: undefined,`)
})
afterAll(() => instance.remove())

describe('a static site', () => {
  it('comes up with its backup verified, though its database has no table', async () => {
    const { stdout } = await instance.must('up', '--no-load-test')
    expect(stdout).toMatch(/first backup +0 tables and [1-9]/)
    expect(await backupsOf(instance)).toEqual([expect.objectContaining({ state: 'verified' })])
  })

  it('is backed up the same whatever its caller has told pgBackRest, restic and PostgreSQL for other work', async () => {
    const key = join(instance.folder, 'other-key')
    await writeFile(key, 'another key\n')
    const env = {
      PGBACKREST_REPO1_PATH: join(instance.folder, 'other-repository'),
      RESTIC_PASSWORD_FILE: key,
      PGOPTIONS: '-c default_transaction_read_only=on',
    }
    const before = await backupsOf(instance)
    expect(await instance.edge(['backup', 'now'], { env })).toMatchObject({ code: 0 })
    expect(await backupsOf(instance)).toHaveLength(before.length + 1)
    expect(await instance.edge(['verify', 'backup.encryption'], { env })).toMatchObject({ code: 0 })
  })

  // A disk is mounted by root; whoever runs the tests as somebody else may write there.
  it.runIf(userInfo().uid === 0)('is told how a folder of root becomes one for its backups', async () => {
    const configured = await readFile(instance.file, 'utf8')
    const repository = join(instance.folder, 'disk')
    await mkdir(repository)
    await writeFile(instance.file, configured.replace('backup: undefined', `backup: { repository: '${repository}' }`))
    const { code, stderr } = await instance.edge(['deploy', '--yes', 'backup'])
    await writeFile(instance.file, configured)
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`backup.repository: ${repository} cannot be written by edge`),
    ])
    expect(stderr).toContain(`sudo install -d -o edge -m 700 ${repository}; then edge deploy backup`)
  })

  it('comes up with what is promised of backups broken where its first backup fails', async () => {
    // Nobody has verified it yet, and what is to be verified is away.
    const records = join(instance.state, 'records')
    const made = join(instance.state, 'backup/repository/database/backup')
    await rename(records, `${records}.aside`)
    await rename(made, `${made}.aside`)
    const { code, stdout, stderr } = await instance.edge(['up', '--no-load-test', '--json'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('pgbackrest')])
    const { guarantees }: { guarantees: readonly JudgementJson[] } = JSON.parse(stdout)
    expect(guarantees.find(({ id }) => id === 'backup.verification')?.verdict).toBe('broken')
  })
})
