import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { backUpFiles, restic } from '../../src/engines/restic.ts'
import { testWorld } from '../../test/world.ts'
import { linksOut } from './links-out.ts'
import { recoverFiles } from './recover.ts'
import { restoreFiles } from './restore-files.ts'
import { testBackups } from './proofs/test-backups.ts'

let folder: string
const { world } = testWorld()
const at = (name: string): string => join(folder, name)
const of = (state: string) => testBackups(at(state), { folders: [at(`${state}/uploads`)] })
const quiet = () => undefined
const to = new Date(Date.now() + 3_600_000)
const restored = (into: string, path?: string) =>
  restoreFiles(of('state'), { path, to, folder: at(into), from: 1 }, world, quiet)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-out-'))
  const { paths, folders } = of('state')
  for (const path of [at('state/uploads'), at('disk/2023'), paths.catalog, paths.files[0].path])
    await mkdir(path, { recursive: true })
  for (const name of ['state/uploads/own', 'disk/2023/photo']) await writeFile(at(name), name)
  await symlink(at('disk/2023'), at('state/uploads/2023'))
  await symlink('own', at('state/uploads/same'))
  await restic(world, paths.files[0], ['init'])
  await backUpFiles(world, paths.files[0], { paths: [...folders, paths.catalog], tag: 'files' })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const named = () => ({ count: 1, first: [{ link: at('state/uploads/2023'), to: at('disk/2023') }] })

it('what is named is what does not come back, and all else does', async () => {
  expect(await linksOut(at('state/uploads'), of('state').folders)).toEqual(named())
  const { linksOut: links } = await restored('back')
  const back = join(at('back'), at('state/uploads'))
  expect(links).toEqual(named())
  expect(await readFile(join(back, 'same'), 'utf8')).toBe('state/uploads/own')
  expect((await lstat(join(back, '2023'))).isSymbolicLink()).toBe(true)
  await expect(lstat(join(at('back'), at('disk')))).rejects.toThrow('ENOENT')
})

it('a link is not restored as though it were what it leads to, which is the live one', async () => {
  await expect(restored('one', 'uploads/2023')).rejects.toThrow(
    `${at('state/uploads/2023')} was a link to ${at('disk/2023')}`,
  )
  expect((await restored('other', 'uploads/own')).linksOut).toEqual({ count: 0, first: [] })
})

it('an instance that is brought back says what is missing', async () => {
  const { files } = of('state').paths
  const fresh = of('fresh')
  await mkdir(at('fresh'))
  const backups = { ...fresh, paths: { ...fresh.paths, files } }
  const { missing } = await recoverFiles(backups, { from: 1, before: at('state') }, world, quiet)
  const words = `${at('state/uploads/2023')} leads to ${at('disk/2023')}: the link is in the backup`
  expect(missing).toEqual([expect.stringContaining(words)])
  expect(await readFile(at('fresh/uploads/own'), 'utf8')).toBe('state/uploads/own')
})
