import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { actOut } from '../../test/act-out.ts'
import { sabotages } from './proofs/sabotage.ts'

/** Another release beside the live one, with a chunk of its own: something to keep, and to roll back to. */
actOut('cdn', sabotages, ['up', '--no-load-test'], async (instance) => {
  const folder = join(instance.folder, 'before')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Before</title>')
  await writeFile(join(folder, 'assets', 'before-A1b2C3d4.js'), 'export const before = true\n')
  await instance.must('publish', folder)
  await instance.must('rollback')
})
