import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exampleInstance } from '../../../test/example-instance.ts'
import { nginx } from '../../engines/nginx.ts'
import { ensureDirectories, giveBackDirectories, inWords, unusableDirectories } from './directories.ts'

const uid = process.getuid?.() ?? 0
const gid = process.getgid?.() ?? 0

let state: string
let cache: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-directories-'))
  cache = join(state, 'cache', 'edge')
})
afterEach(() => rm(state, { recursive: true, force: true }))

const engine = () => ({ component: 'cdn', ...nginx({ ...exampleInstance, state }, '', [], []) })
const words = async () => inWords(await unusableDirectories(engine(), uid))

test('has nothing to say of directories that are there as they should be, or not yet there', async () => {
  expect(await words()).toBe('')
  await ensureDirectories(engine(), uid)
  expect(await words()).toBe('')
  expect((await stat(cache)).mode & 0o777).toBe(0o700)
})

test('gives its rights back to the owner of a directory', async () => {
  await ensureDirectories(engine(), uid)
  await chmod(cache, 0o500)
  expect(await words()).toBe(`${cache} is closed to its owner (mode 500)`)
  await ensureDirectories(engine(), uid)
  expect(await words()).toBe('')
})

// What belongs to this process is another user's, for one who is not it.
const other = uid + 1

test('begins a cache anew that belongs to another user', async () => {
  await ensureDirectories(engine(), uid)
  await writeFile(join(cache, 'cached'), 'a file')
  expect(inWords(await unusableDirectories(engine(), other))).toContain(`${cache} belongs to `)
  await ensureDirectories({ ...engine(), directories: [cache] }, other)
  expect(await readdir(cache)).toEqual([])
})

test('leaves a directory alone that nobody fills again, and says what to do', async () => {
  const home = join(state, 'engines', 'nginx')
  await ensureDirectories(engine(), uid)
  await writeFile(join(home, 'nginx.conf'), '')
  await expect(ensureDirectories(engine(), other)).rejects.toMatchObject({
    message: expect.stringMatching(/engines\/nginx belongs to .*, and nginx cannot use it$/),
    hints: [`sudo chown -R ${other} '${home}', then this again`],
  })
  expect(await readdir(home)).toEqual(['nginx.conf'])
})

test('gives them back whole, as root does it before it gives up its rights, and follows no link', async () => {
  const user = { name: 'me', uid, gid }
  await ensureDirectories(engine(), uid)
  await writeFile(join(cache, 'cached'), 'a file')
  await chmod(cache, 0o500)
  expect(await giveBackDirectories([engine()], state, user)).toEqual([cache])
  expect([await words(), await readdir(cache)]).toEqual(['', ['cached']])
  const elsewhere = join(state, 'elsewhere')
  await mkdir(elsewhere, { mode: 0o500 })
  await rm(cache, { recursive: true })
  await symlink(elsewhere, cache)
  expect(await giveBackDirectories([engine()], state, user)).toEqual([])
  expect((await stat(elsewhere)).mode & 0o777).toBe(0o500)
})
