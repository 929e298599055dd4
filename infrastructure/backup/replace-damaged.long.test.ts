import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestInstance } from '../../test/instance.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { flip, largestBelow } from './proofs/test-damage.ts'
import { brokenOf, sqlOn, upWithoutClock } from './proofs/test-instance.ts'

let instance: TestInstance
let on: Sabotaged
beforeAll(async () => {
  instance = await TestInstance.make('backup: undefined,')
  on = await upWithoutClock(instance)
})
afterAll(() => instance.remove())

const sql = (text: string) => sqlOn(on, text)

it('is live and stays so where the first repository is damaged, and a new place for it makes it whole', async () => {
  await sql('create table public.kept as select 1 as number')
  const at = new Date().toISOString()
  await sql('insert into public.kept values (2)')
  await instance.must('backup', 'now')
  await flip(await largestBelow(join(instance.state, 'backup', 'repository', 'database', 'backup')))
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
  expect(await brokenOf(instance, 'database', 'backup')).toEqual([])
  expect(await instance.read('backup/replacement.json').catch(() => 'gone')).toBe('gone')
})
