import { chmod, mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { addressesOf } from '../database/addresses.ts'
import { withoutClock } from './test-clock.ts'

let instance: TestInstance
let on: Sabotaged
beforeAll(async () => {
  instance = await TestInstance.make('backup: undefined,')
  await instance.must('up', '--no-load-test')
  on = await hands(instance)
  await withoutClock(on)
})
afterAll(() => instance.remove())

const sql = (text: string) =>
  withClient(
    { ...addressesOf(on.instance, tlsFiles(instance.state).ca).superuser, database: 'app' },
    async (client) => (await client.query(text)).rows,
  )

/** One byte in the middle of the largest file of the first repository's backups is another one. */
async function flip(): Promise<void> {
  const folder = join(instance.state, 'backup', 'repository', 'database', 'backup')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const sizes = await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })))
  const [largest] = sizes.toSorted((one, other) => other.size - one.size)
  if (!largest) throw new Error(`nothing lies below ${folder}`)
  const file = await open(largest.path, 'r+')
  const middle = Math.floor(largest.size / 2)
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, middle)
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, middle)
  await file.close()
}

it('is live and stays so where the first repository is damaged, and a new place for it makes it whole', async () => {
  await sql('create table public.kept as select 1 as number')
  const at = new Date().toISOString()
  await sql('insert into public.kept values (2)')
  await instance.must('backup', 'now')
  await flip()
  const words = ['restore', 'database', '--from', 'second', '--to', at, '--replace', '--yes']
  const owed = await instance.edge(words)
  expect([owed.code, owed.stderr]).toEqual([
    1,
    expect.stringMatching(/the restored data is live[^]*set backup\.repository to a new folder/),
  ])
  expect(await sql('select number from public.kept')).toEqual([{ number: 1 }])

  // Somebody stops it, and it comes up again: without its new backup, which is said.
  await instance.must('down')
  const up = await instance.edge(['up', '--no-load-test'])
  expect(up.stderr).toContain('what lies in the repository is damaged')
  expect(await sql('select number from public.kept')).toEqual([{ number: 1 }])

  const place = join(instance.folder, 'new-place')
  await mkdir(place)
  // The engines' user makes the repository in it.
  await chmod(place, 0o777)
  const text = await readFile(instance.file, 'utf8')
  await writeFile(instance.file, text.replace('backup: undefined,', `backup: { repository: '${place}/repository' },`))
  await instance.must('deploy', 'backup')
  const verdicts = await instance.verify('database', 'backup')
  const broken = [...verdicts.values()].filter(({ verdict }) => verdict === 'broken')
  expect(broken.map(({ id, because }) => `${id}: ${because}`)).toEqual([])
  expect(await instance.read('backup/replacement.json').catch(() => 'gone')).toBe('gone')
})
