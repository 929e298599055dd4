import { mkdir, rename, writeFile } from 'node:fs/promises'
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
