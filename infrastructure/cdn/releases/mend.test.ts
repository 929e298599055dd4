import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { damageOf, layout, unpurged } from './layout.ts'
import type { Release } from './release.ts'
import { damageToMend, mend, mendAll } from './mend.ts'
import { publishNow } from '../proofs/test-publish.ts'
import { readTree } from './tree.ts'
import { writeFiles } from '../../../test/write-files.ts'

const script = 'export const games = 44713\n'.repeat(40)
const page = '<title>one</title>'
let root: string
let built: string
let site: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'edge-mend-'))
  built = join(root, 'built')
  site = join(root, 'site')
  await build({ 'index.html': page, 'assets/app-A1b2C3d4.js': script, 'logo.png': 'a logo' })
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function build(files: Readonly<Record<string, string>>): Promise<void> {
  await rm(built, { recursive: true, force: true })
  await writeFiles(built, files)
}

const inLive = ({ id }: Release, name: string): string => join(layout(site).shelf.root(id), name)
const damage = async (live: Release, withBuild = true) =>
  damageToMend(site, live, withBuild ? { folder: built, tree: await readTree(built) } : undefined)

it('puts a file of the live release back from the folder that was built', async () => {
  const live = await publishNow(built, site)
  await rm(inLive(live, 'logo.png'))
  await mend(site, await damage(live))
  expect(await damageOf(site, live)).toBeUndefined()
  expect(await unpurged(site)).toContain('logo.png')
})

it('puts it back from another release, where the build is another by now', async () => {
  await publishNow(built, site)
  await build({ 'index.html': '<title>two</title>', 'logo.png': 'a logo' })
  const live = await publishNow(built, site)
  await build({ 'index.html': '<title>three</title>' })
  await rm(inLive(live, 'logo.png'))
  await mend(site, await damage(live))
  expect(await damageOf(site, live)).toBeUndefined()
})

it('makes a compressed body anew from its file', async () => {
  const live = await publishNow(built, site)
  const bodies = [inLive(live, 'assets/app-A1b2C3d4.js.br'), join(layout(site).kept, 'assets/app-A1b2C3d4.js.br')]
  await Promise.all(bodies.map((path) => rm(path)))
  await mend(site, await damage(live, false))
  expect(await damageOf(site, live)).toBeUndefined()
})

it('names what it has no other copy of, and takes nothing else in its place', async () => {
  const live = await publishNow(built, site)
  await build({ 'index.html': '<title>another</title>' })
  // Written into in place: both of its names are damaged.
  await appendFile(inLive(live, 'index.html'), 'by hand')
  const found = await damage(live)
  expect(found).toEqual({ repairs: [], lost: ['index.html'] })
  expect(await readFile(inLive(live, 'index.html'), 'utf8')).toBe(`${page}by hand`)
})

it('puts a file back that open tabs of an earlier release ask for', async () => {
  await publishNow(built, site)
  await build({ 'index.html': '<title>two</title>' })
  const live = await publishNow(built, site)
  const path = join(layout(site).kept, 'assets/app-A1b2C3d4.js')
  await rm(path)
  await mend(site, await damage(live))
  expect(await readFile(path, 'utf8')).toBe(script)
})

it('writes a file anew in every release that shares it, from the folder that was built', async () => {
  const first = await publishNow(built, site)
  await build({ 'index.html': '<title>two</title>', 'assets/app-A1b2C3d4.js': script, 'logo.png': 'a logo' })
  const live = await publishNow(built, site)
  const shared = ['logo.png', 'assets/app-A1b2C3d4.js']
  // Written into in place, a file is damaged by all of its names.
  for (const name of shared) await appendFile(inLive(live, name), 'by hand')
  expect(await damageOf(site, first)).toBeDefined()
  const mended = await mendAll(site, { folder: built, tree: await readTree(built) })
  expect(mended.toSorted()).toEqual(shared.toSorted())
  for (const release of [first, live]) expect(await damageOf(site, release)).toBeUndefined()
  expect(await readFile(join(layout(site).kept, 'assets/app-A1b2C3d4.js'), 'utf8')).toBe(script)
  expect(await mendAll(site, { folder: built, tree: await readTree(built) })).toEqual([])
})

it('finds nothing to do where everything is as it was published', async () => {
  await publishNow(built, site)
  await build({ 'index.html': '<title>two</title>', 'admin-settings.css': script })
  const live = await publishNow(built, site)
  expect(await damage(live)).toEqual({ repairs: [], lost: [] })
})
