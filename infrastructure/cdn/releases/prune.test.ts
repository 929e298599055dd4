import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duration } from '../../../src/core/units.ts'
import { flips, layout, listReleases, onDisk, recordFlip } from './layout.ts'
import type { Flip, Release } from './release.ts'
import { expired, prune } from './prune.ts'
import { publishNow } from '../proofs/test-publish.ts'

const now = new Date('2026-11-23T12:00:00Z')
const daysAgo = (days: number): string => new Date(now.getTime() - days * 86_400_000).toISOString()
const release = (id: string, days: number): Release => ({
  id,
  fingerprint: id,
  publishedAt: daysAgo(days),
  by: 'tester',
  bytes: 1,
  files: {},
})
const flip = (id: string, before: string | null, days: number): Flip => ({
  at: daysAgo(days),
  release: id,
  before,
  how: 'publish',
  by: 'tester',
})
const retention = { keep: 2, keepFor: duration('30 days') }
const ids = (releases: readonly Release[]): readonly string[] => releases.map(({ id }) => id)

describe('what may go', () => {
  const [first, second, third, fourth] = [release('1', 90), release('2', 80), release('3', 20), release('4', 10)]
  const all = [first, second, third, fourth]

  it('is what was replaced before the time that the configuration keeps, and is not among the last', () => {
    const history = [flip('1', null, 90), flip('2', '1', 80), flip('3', '2', 40), flip('4', '3', 10)]
    expect(ids(expired(all, fourth, retention, now, history))).toEqual(['1', '2'])
  })

  it('is no release that was live within that time, however long ago it was published', () => {
    const history = [flip('1', null, 90), flip('2', '1', 80), flip('3', '2', 20), flip('4', '3', 10)]
    expect(ids(expired(all, fourth, retention, now, history))).toEqual(['1'])
  })

  it('is no release that a rollback made live again within that time', () => {
    const history = [
      flip('1', null, 90),
      flip('2', '1', 80),
      flip('1', '2', 50),
      flip('3', '1', 20),
      flip('4', '3', 10),
    ]
    expect(ids(expired(all, fourth, retention, now, history))).toEqual(['2'])
  })

  it('is never the live one', () => {
    expect(ids(expired(all, first, { keep: 2, keepFor: duration('1 day') }, now, []))).toEqual(['2'])
  })

  it('is by its own date what was never live', () => {
    expect(ids(expired(all, fourth, retention, now, []))).toEqual(['1', '2'])
  })
})

describe('pruning', () => {
  let root: string
  let site: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'edge-prune-'))
    site = join(root, 'site')
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const publish = async (...chunks: readonly string[]): Promise<Release> => {
    const built = join(root, 'built')
    await rm(built, { recursive: true, force: true })
    await mkdir(join(built, 'assets'), { recursive: true })
    await writeFile(join(built, 'index.html'), chunks.join())
    for (const chunk of chunks) await writeFile(join(built, 'assets', chunk), chunk)
    return publishNow(built, site)
  }
  const kept = async (): Promise<readonly string[]> => (await readdir(join(layout(site).kept, 'assets'))).toSorted()

  it('takes the kept files that no other release names, and no other', async () => {
    const first = await publish('app-A1b2C3d4.js', 'shared-E5f6G7h8.js')
    await publish('app-I9j0K1l2.js', 'shared-E5f6G7h8.js')
    expect(await prune(onDisk(site), [first])).toBe(1)
    expect(await kept()).toEqual(['app-I9j0K1l2.js', 'shared-E5f6G7h8.js'])
    expect(await listReleases(site)).toHaveLength(1)
  })

  it('leaves all kept files where the list of a release is damaged', async () => {
    const first = await publish('app-A1b2C3d4.js')
    const second = await publish('app-E5f6G7h8.js')
    await publish('app-I9j0K1l2.js')
    await writeFile(layout(site).shelf.manifest(second.id), '{"id":')
    expect(await prune(onDisk(site), [first])).toBe(0)
    expect(await kept()).toContain('app-E5f6G7h8.js')
  })

  it('passes over a line of the history that was cut off', async () => {
    await mkdir(site)
    await recordFlip(site, flip('1', null, 3))
    await writeFile(layout(site).flips, '{"at":"2026', { flag: 'a' })
    expect(await flips(site)).toHaveLength(1)
  })
})
