import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { clearUnpurged, damageOf, layout, listReleases, liveRelease, unpurged } from './layout.ts'
import type { Release } from './release.ts'
import { stageOnDisk, uncompressedOf } from './stage-on-disk.ts'
import { publishNow as publish } from '../proofs/test-publish.ts'
import { fingerprintOf, readTree } from './tree.ts'
import { writeFiles } from '../../../test/write-files.ts'

const morning = new Date('2026-11-23T08:00:00Z')
const script = 'export const games = 44713\n'.repeat(40)

let root: string
let built: string
let site: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'edge-release-'))
  built = join(root, 'built')
  site = join(root, 'site')
  await build({ 'index.html': '<title>one</title>', 'assets/app-A1b2C3d4.js': script, 'logo.png': 'not really' })
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function build(files: Readonly<Record<string, string>>): Promise<void> {
  await rm(built, { recursive: true, force: true })
  await writeFiles(built, files)
}

const live = (name: string): Promise<string> => readFile(join(site, 'live', name), 'utf8')

test('names a release by its day, its count of that day, and its content', async () => {
  const first = await publish(built, site, morning)
  await build({ 'index.html': '<title>two</title>' })
  const second = await publish(built, site, morning)
  expect(first.id).toBe(`2026-11-23.1-${first.fingerprint.slice(0, 8)}`)
  expect(second.id).toBe(`2026-11-23.2-${second.fingerprint.slice(0, 8)}`)
  expect(await readlink(join(site, 'live'))).toBe(`releases/${second.id}`)
})

test('writes compressed bodies that unpack to the file', async () => {
  await publish(built, site, morning)
  const file = join(site, 'live', 'assets', 'app-A1b2C3d4.js')
  expect(brotliDecompressSync(await readFile(`${file}.br`)).toString()).toBe(script)
  expect(gunzipSync(await readFile(`${file}.gz`)).toString()).toBe(script)
})

test('compresses neither images nor what is too small to gain', async () => {
  await publish(built, site, morning)
  const names = await readdir(join(site, 'live'))
  expect(names.toSorted()).toEqual(['assets', 'index.html', 'logo.png'])
})

/** As it would have been published by a version that does not compress this type. */
async function publishPlain(name: string): Promise<Release> {
  const release = await publish(built, site, morning)
  const bodies = [`${name}.br`, `${name}.gz`]
  await Promise.all(bodies.map((body) => rm(join(layout(site).shelf.root(release.id), body))))
  const files = Object.fromEntries(Object.entries(release.files).filter(([file]) => !bodies.includes(file)))
  await writeFile(layout(site).shelf.manifest(release.id), JSON.stringify({ ...release, files }))
  await clearUnpurged(site)
  return { ...release, files }
}

test('compresses an unchanged file that the live release has plain, and has the caches forget that', async () => {
  await build({ 'index.html': 'one', 'feed.rss': script })
  await publishPlain('feed.rss')
  await build({ 'index.html': 'one', 'feed.rss': script, 'new.txt': 'new' })
  await publish(built, site, morning)
  expect(gunzipSync(await readFile(join(site, 'live', 'feed.rss.gz'))).toString()).toBe(script)
  expect(brotliDecompressSync(await readFile(join(site, 'live', 'feed.rss.br'))).toString()).toBe(script)
  expect(await unpurged(site)).toContain('feed.rss')
})

test('knows a file of the live release that is plain and need not be, and none that compresses badly', async () => {
  await build({ 'index.html': 'one', 'feed.rss': script })
  await writeFile(join(built, 'favicon.ico'), randomBytes(3000))
  const plain = await publishPlain('feed.rss')
  expect(await uncompressedOf(site, plain)).toBe('feed.rss')
  await build({ 'index.html': 'two', 'feed.rss': script })
  expect(await uncompressedOf(site, await publish(built, site, morning))).toBeUndefined()
})

test('makes compressed bodies of its own where the build brought some, and publishes other archives', async () => {
  await build({ 'index.html': 'page', 'app.js': script, 'app.js.gz': 'of another build', 'data.tar.gz': 'archive' })
  await publish(built, site, morning)
  expect(gunzipSync(await readFile(join(site, 'live', 'app.js.gz'))).toString()).toBe(script)
  expect(await live('data.tar.gz')).toBe('archive')
})

test('keeps the chunks of an earlier release, and no page of it', async () => {
  await build({ 'index.html': 'old', 'old-page.html': 'old', 'assets/old-A1b2C3d4.js': script })
  await publish(built, site, morning)
  await build({ 'index.html': 'new' })
  await publish(built, site, morning)
  expect(await readdir(join(site, 'kept'))).toEqual(['assets'])
  expect(await readFile(join(site, 'kept', 'assets', 'old-A1b2C3d4.js'), 'utf8')).toBe(script)
})

test.each(['firebase-messaging-sw.js', 'admin-settings.css', 'hero-image-01.jpg', 'post-20260101.html'])(
  'takes %s with other content: its name stands for no one content',
  async (name) => {
    await build({ 'index.html': 'page', [name]: 'one' })
    await publish(built, site, morning)
    await build({ 'index.html': 'page', [name]: 'two' })
    await publish(built, site, morning)
    expect(await live(name)).toBe('two')
  },
)

test.each([
  ['assets/app-A1b2C3d4.js', []],
  ['_next/static/logo.png', ['_next/static']],
])('refuses %s with other content: browsers keep it for a year', async (name, folders) => {
  await build({ 'index.html': 'page', [name]: 'one' })
  const first = await publish(built, site, morning, folders)
  await build({ 'index.html': 'page', [name]: 'two' })
  await expect(publish(built, site, morning, folders)).rejects.toThrow(`${name} had other content in ${first.id}`)
  expect(await live(name)).toBe('one')
})

test('keeps no compressed body of a file that was replaced for open tabs by a smaller one', async () => {
  await build({ 'index.html': 'one', 'admin-settings.css': script })
  await publish(built, site, morning)
  await build({ 'index.html': 'two', 'admin-settings.css': 'small' })
  await publish(built, site, morning)
  expect(await readdir(layout(site).kept)).toEqual(['admin-settings.css'])
})

test('has the caches forget a kept file whose name comes back with other content', async () => {
  await build({ 'index.html': 'one', 'hero-image-01.jpg': 'one' })
  await publish(built, site, morning)
  await build({ 'index.html': 'two' })
  await publish(built, site, morning)
  await clearUnpurged(site)
  await build({ 'index.html': 'two', 'hero-image-01.jpg': 'two' })
  await publish(built, site, morning)
  expect(await unpurged(site)).toEqual(['hero-image-01.jpg'])
})

test('keeps for open tabs whatever lies in a folder whose names change with their content', async () => {
  await build({ 'index.html': 'one', '_next/static/build1/_manifest.js': '1', 'plain.js': '1' })
  const first = await publish(built, site, morning, ['_next/static'])
  expect(first.hashedFolders).toEqual(['_next/static'])
  await build({ 'index.html': 'two' })
  await publish(built, site, morning, ['_next/static'])
  expect(await readdir(layout(site).kept, { recursive: true })).toContain('_next/static/build1/_manifest.js')
  expect(await readdir(layout(site).kept)).not.toContain('plain.js')
})

test('gives a page of the same size a newer time, so that its ETag is another', async () => {
  await publish(built, site, morning)
  const before = await stat(join(site, 'live', 'index.html'))
  await build({ 'index.html': '<title>two</title>' })
  await publish(built, site, morning)
  const after = await stat(join(site, 'live', 'index.html'))
  expect(after.size).toBe(before.size)
  expect(Math.floor(after.mtimeMs / 1000)).toBeGreaterThan(Math.floor(before.mtimeMs / 1000))
})

test('the same files have the same fingerprint, and another name has another', async () => {
  const first = fingerprintOf(await readTree(built))
  await build({ 'logo.png': 'not really', 'assets/app-A1b2C3d4.js': script, 'index.html': '<title>one</title>' })
  expect(fingerprintOf(await readTree(built))).toBe(first)
  await build({ 'logo.gif': 'not really', 'assets/app-A1b2C3d4.js': script, 'index.html': '<title>one</title>' })
  expect(fingerprintOf(await readTree(built))).not.toBe(first)
})

test('finds a file of the live release that was changed by hand, and one that is gone', async () => {
  const release = await publish(built, site, morning)
  expect(await damageOf(site, release)).toBeUndefined()
  await writeFile(join(site, 'live', 'index.html'), 'by hand')
  expect(await damageOf(site, release)).toBe('index.html was changed')
  await rm(join(site, 'live', 'index.html'))
  expect(await damageOf(site, release)).toBe('index.html is missing')
})

test('deletes nothing of what is served, where the list of it was lost', async () => {
  const { id } = await publish(built, site, morning)
  await rm(layout(site).shelf.manifest(id))
  await build({ 'index.html': '<title>two</title>' })
  await publish(built, site, morning)
  expect(await readdir(layout(site).shelf.releases)).toContain(id)
})

test('puts a chunk right that was changed by hand, for open tabs as well', async () => {
  await publish(built, site, morning)
  await writeFile(join(site, 'live', 'assets', 'app-A1b2C3d4.js'), 'by hand')
  await publish(built, site, morning)
  expect(await live('assets/app-A1b2C3d4.js')).toBe(script)
  expect(await readFile(join(site, 'kept', 'assets', 'app-A1b2C3d4.js'), 'utf8')).toBe(script)
})

test('publishes nothing of a build that goes on while it is published', async () => {
  const first = await publish(built, site, morning)
  await build({ 'index.html': '<title>two</title>', 'late.js': script })
  const tree = await readTree(built)
  await writeFile(join(built, 'late.js'), 'of the build after it')
  const { world } = testWorld()
  const staged = stageOnDisk({ folder: built, tree }, site, { by: 'tester', hashedFolders: [] }, world)
  await expect(staged).rejects.toThrow('late.js was changed while it was published')
  expect([(await liveRelease(site))?.id, await readdir(layout(site).shelf.releases)]).toEqual([first.id, [first.id]])
})

test('keeps a file for open tabs whose path is longer than a name may be', async () => {
  const deep = `${'a'.repeat(120)}/${'b'.repeat(120)}/app-A1b2C3d4.js`
  await build({ 'index.html': 'page', [deep]: script })
  await publish(built, site, morning)
  expect(await readFile(join(layout(site).kept, deep), 'utf8')).toBe(script)
})

test('has the caches forget all that may have been served where the list of the live release is damaged', async () => {
  const first = await publish(built, site, morning)
  await writeFile(layout(site).shelf.manifest(first.id), '{"id":')
  await build({ 'index.html': '<title>two</title>', 'logo.png': 'another' })
  await publish(built, site, morning)
  expect(await unpurged(site)).toEqual(['index.html', 'logo.png'])
})

test('takes the copy of a list for no release', async () => {
  const first = await publish(built, site, morning)
  await copyFile(layout(site).shelf.manifest(first.id), layout(site).shelf.manifest(`${first.id}.bak`))
  expect((await listReleases(site)).map(({ id }) => id)).toEqual([first.id])
})

/** A number that no process has: the largest that Linux gives is one less than this (PID_MAX_LIMIT, 2^22). */
const nobody = 2 ** 22

test('clears away what a killed run left behind', async () => {
  const { id } = await publish(built, site, morning)
  await mkdir(join(site, 'releases', '.2026-11-23.2-00000000'))
  await mkdir(join(site, 'releases', '2026-11-23.2-00000000'))
  await symlink('releases/nothing', join(site, `.live-${nobody}`))
  await build({ 'index.html': 'two' })
  const second = await publish(built, site, morning)
  expect((await readdir(join(site, 'releases'))).toSorted()).toEqual([id, second.id].toSorted())
  expect((await readdir(site)).toSorted()).toEqual([
    'flip.lock',
    'flips.jsonl',
    'kept',
    'live',
    'manifests',
    'releases',
    'unpurged.json',
  ])
})

test('publishes .well-known, and no other hidden file', async () => {
  await build({
    'index.html': 'page',
    '.env': 'SECRET=1',
    '.git/config': 'x',
    '.well-known/security.txt': 'Contact: …',
  })
  const { files } = await publish(built, site, morning)
  expect(Object.keys(files)).toEqual(['.well-known/security.txt', 'index.html'])
})

test('nothing is live before anything was published', async () => {
  expect(await liveRelease(site)).toBeUndefined()
})

test('refuses a folder that is not there, in words', async () => {
  await expect(publish(join(root, 'nowhere'), site, morning)).rejects.toThrow(/nowhere is not there/)
})

test('refuses a build without an index', async () => {
  await build({ 'page.html': 'page' })
  await expect(publish(built, site, morning)).rejects.toThrow(/has no index\.html/)
})

test('refuses a symbolic link: what it points to is no part of the build', async () => {
  await symlink('/etc/passwd', join(built, 'passwd'))
  await expect(publish(built, site, morning)).rejects.toThrow(/passwd is a symbolic link/)
})

test('refuses a name that would end a line of the log', async () => {
  await build({ 'index.html': 'page', 'a\nb.txt': 'x' })
  await expect(publish(built, site, morning)).rejects.toThrow(/control character/)
})
