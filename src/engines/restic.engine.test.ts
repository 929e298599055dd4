import { chmod, chown, mkdir, mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { World } from '../core/world.ts'
import { testWorld } from '../../test/world.ts'
import { backUpFiles, onlyPath, restic, type ResticRepository } from './restic.ts'

let folder: string
let source: string
let repository: ResticRepository
const { world } = testWorld()

/** Root may read everything. */
const nobody = 65_534
const asNobody: Pick<World, 'run'> = {
  run: (command, options) =>
    world.run(['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', ...command], options),
}
const run = process.getuid?.() === 0 ? asNobody : world

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-restic-'))
  source = join(folder, 'source')
  repository = { path: join(folder, 'repository'), key: 'a-key-of-a-test' }
  await mkdir(join(source, 'z-folder'), { recursive: true })
  await mkdir(repository.path)
  // Restic reads two at once, and comes to those after them a moment later.
  for (const name of ['a', 'b', 'c', 'd']) {
    await writeFile(join(source, name), '')
    await truncate(join(source, name), 250_000_000)
  }
  for (const name of ['x', 'z-folder/one']) await writeFile(join(source, name), name)
  if (run === asNobody) for (const path of [folder, repository.path]) await chown(path, nobody, nobody)
  await restic(run, repository, ['init'])
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Backs all of it up, and does something while the first files are read. */
function backUp(paths: readonly string[], meanwhile: () => Promise<unknown> = () => Promise.resolve()) {
  let done: Promise<unknown> | undefined
  return backUpFiles(run, repository, { paths, tag: 'files' }, () => void (done ??= meanwhile()))
}

it('a file and a folder that go away while they are backed up keep nothing else out', async () => {
  const made = await backUp([source], async () => {
    await rm(join(source, 'x'))
    await rename(join(source, 'z-folder'), join(source, 'zz'))
  })
  const back = join(folder, 'back')
  await restic(run, repository, ['restore', made.snapshot, '--target', back])
  // Or they went away too late, and nothing was tried.
  expect(await readdir(join(back, source))).toEqual(['a', 'b', 'c', 'd'])
})

it('a file that is there and cannot be read fails a backup, whatever else went away', async () => {
  const secret = join(source, 'y')
  await writeFile(secret, '')
  await chmod(secret, 0o000)
  await expect(backUp([source], () => rm(join(source, 'x')))).rejects.toThrow(`error: ${secret} could not be read`)
})

it('so does a folder that was asked for by its name', async () => {
  const named = join(source, 'z-folder')
  const asked = ['a', 'b', 'c', 'd'].map((name) => join(source, name))
  await expect(backUp([...asked, named], () => rm(named, { recursive: true }))).rejects.toThrow(
    `error: ${named} could not be read`,
  )
})

it('one path comes back by its name, whatever signs are in it, and no other one', async () => {
  const named = join(source, 'named')
  const names = ['a[1].txt', 'a1.txt', 'b*.txt', 'bb.txt', String.raw`c\d.txt`, 'cd.txt', 'e?.txt', 'ee.txt', '**']
  await mkdir(named)
  for (const name of names) await writeFile(join(named, name), name)
  const { snapshot } = await backUp([named])
  for (const [index, name] of names.entries()) {
    const back = join(folder, String(index))
    await restic(run, repository, ['restore', snapshot, '--target', back, ...onlyPath(join(named, name))])
    expect(await readdir(join(back, named))).toEqual([name])
  }
})
