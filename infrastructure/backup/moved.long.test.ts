import { chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JudgementJson } from '../../src/core/verify.ts'
import { TestInstance } from '../../test/instance.ts'
import { hands } from '../../test/sabotaged.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { testWorld } from '../../test/world.ts'

/* The last step of the runbook of a full disk: the instance goes on from a copy of its state directory, in another place. */

let instance: TestInstance
let on: Sabotaged
let into: string
beforeAll(async () => {
  instance = await TestInstance.make('backup: undefined,')
  await instance.must('up', '--no-load-test')
  on = await hands(instance)
  into = await mkdtemp(join(tmpdir(), 'edge-restored-'))
  const { uid, gid } = await stat(instance.state)
  await chown(into, uid, gid)
})
afterAll(async () => {
  await instance.remove()
  await rm(into, { recursive: true, force: true })
})

it('is backed up as before, without a gap, and has back what was backed up in its place of before', async () => {
  const uploads = join(instance.state, 'uploads')
  await on.run(['sh', '-c', 'mkdir -p "$0" && echo "as it was" > "$0/letter.txt"', uploads])
  await instance.must('backup', 'now')
  await wait(1000)
  const before = new Date().toISOString()
  await wait(1000)

  await instance.must('down')
  const moved = join(instance.folder, 'moved')
  const { code, stderr } = await testWorld().world.run(['cp', '-a', instance.state, moved])
  expect([code, stderr]).toEqual([0, ''])
  await rm(instance.state, { recursive: true })
  const text = await readFile(instance.file, 'utf8')
  await writeFile(instance.file, text.replace(`state: '${instance.state}'`, `state: '${moved}'`))
  await instance.must('up', '--no-load-test')

  await instance.must('backup', 'now')
  await instance.must('backup', 'now', 'files')
  await instance.must('backup', 'verify')
  const ids = ['backup.daily', 'backup.transactionLogs', 'backup.recoveryPoint', 'backup.restoreTest']
  const { stdout } = await instance.edge(['verify', '--json', ...ids])
  const { guarantees }: { readonly guarantees: readonly JudgementJson[] } = JSON.parse(stdout)
  expect(guarantees.map(({ id, verdict, because }) => [id, verdict, because])).toEqual(
    ids.map((id) => [id, 'kept', undefined]),
  )
  // Out of a backup of before the move, through the log of before and after it; and a file by the name that it has now.
  await instance.must('restore', 'database', '--to', before, '--into', join(into, 'database'))
  await instance.must('restore', 'database', '--into', join(into, 'now'))
  await instance.must('restore', 'files', 'uploads/letter.txt', '--to', before, '--into', join(into, 'files'))
  expect(await readFile(join(into, 'files', uploads, 'letter.txt'), 'utf8')).toBe('as it was\n')
  await expect(stat(instance.state)).rejects.toThrow('ENOENT')
})
