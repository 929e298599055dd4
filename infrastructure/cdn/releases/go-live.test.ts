import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { goLive } from './go-live.ts'
import { flips, layout, listReleases, liveRelease, recordFlip } from './layout.ts'
import { releaseBefore } from './release.ts'
import { publish } from './publish.ts'
import { publishNow } from '../proofs/test-publish.ts'
import { readTree } from './tree.ts'

let root: string
let built: string
let site: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'edge-live-'))
  built = join(root, 'built')
  site = join(root, 'site')
  await mkdir(built)
  await build('a')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const build = (title: string): Promise<void> => writeFile(join(built, 'index.html'), `<title>${title}</title>`)
const after = (seconds: number): Date => new Date(Date.UTC(2026, 10, 23, 8, 0, seconds))

it('is in the history before anything is looked at: a run that is killed then leaves a way back', async () => {
  const good = await publishNow(built, site, after(0))
  await build('b')
  const bad = await publishNow(built, site, after(1))
  await goLive(site, good, { how: 'rollback', by: 'tester', at: () => after(2) })
  await build('c')
  const last = await publishNow(built, site, after(3))
  const [releases, live, history] = await Promise.all([listReleases(site), liveRelease(site), flips(site)])
  expect(live?.id).toBe(last.id)
  expect(releaseBefore(releases, live, history)?.id).toBe(good.id)
  expect(releases.map(({ id }) => id)).toContain(bad.id)
})

it('is one flip in the history, with what was seen of it', async () => {
  await publishNow(built, site, after(0))
  const [flip] = await flips(site)
  if (!flip) throw new Error('nothing was written down')
  await recordFlip(site, { ...flip, visibleMs: 12 })
  expect((await flips(site)).map(({ visibleMs }) => visibleMs)).toEqual([12])
})

it('is in the history also after a line that a full disk cut off', async () => {
  const first = await publishNow(built, site, after(0))
  await writeFile(layout(site).flips, '{"at":"2026', { flag: 'a' })
  await goLive(site, first, { how: 'rollback', by: 'tester', at: () => after(1) })
  expect(await flips(site)).toHaveLength(2)
})

it('serves nothing of a release, to open tabs neither, that something before the flip refuses', async () => {
  await publishNow(built, site, after(0))
  await writeFile(join(built, 'app-A1b2C3d4.js'), 'export const games = 44713')
  const edge = {
    endpoint: { https: 'https://localhost' },
    sockets: { shield: '', store: '', purge: join(root, 'no-nginx') },
  }
  const refusing = { beforeLive: () => Promise.reject(new Error('the API does not start')) }
  const folder = { folder: built, tree: await readTree(built) }
  const published = publish(folder, site, { by: 'tester', hashedFolders: [] }, testWorld().world, edge, refusing)
  await expect(published).rejects.toThrow('the API does not start')
  expect(await readdir(layout(site).kept)).toEqual([])
})
