import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fingerprintOfSources } from './fingerprint.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sources-'))
  await mkdir(join(folder, 'web', 'deep'), { recursive: true })
  await writeFile(join(folder, 'web', 'deep', 'page.ts'), 'one')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const now = (more: unknown = 'build') => fingerprintOfSources(folder, ['web'], more)

it('stays the same while nothing changes', async () => {
  expect(await now()).toBe(await now())
})

it('sees a changed file, however deep', async () => {
  const before = await now()
  await writeFile(join(folder, 'web', 'deep', 'page.ts'), 'two')
  expect(await now()).not.toBe(before)
})

it('sees a file that was renamed', async () => {
  const before = await now()
  await rename(join(folder, 'web', 'deep', 'page.ts'), join(folder, 'web', 'deep', 'sheet.ts'))
  expect(await now()).not.toBe(before)
})

it('tells two files from one with the contents of both', async () => {
  await writeFile(join(folder, 'web', 'second.ts'), 'two')
  const two = await now()
  await rm(join(folder, 'web', 'second.ts'))
  await writeFile(join(folder, 'web', 'deep', 'page.ts'), 'onetwo')
  expect(await now()).not.toBe(two)
})

it('sees a changed command', async () => {
  expect(await now(['make', 'site'])).not.toBe(await now(['make', 'all']))
})

it('names a source that is not there', async () => {
  await expect(fingerprintOfSources(folder, ['wep'], '')).rejects.toMatchObject({
    where: 'site',
    message: `${join(folder, 'wep')} is not there`,
  })
})
