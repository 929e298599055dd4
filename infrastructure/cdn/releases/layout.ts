import { open, readlink, rename, rm, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import {
  filesBelow,
  parsedJson,
  readJson,
  readText,
  syncDirectory,
  writeAtomically,
} from '../../../src/targets/local/files.ts'
import { withLock } from '../../../src/targets/local/lock.ts'
import { Shelf } from '../../../src/targets/local/shelf.ts'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { ownPid } from '../../../src/core/process.ts'
import { type Flip, flipSchema, oldestFirst, type Release, releaseSchema } from './release.ts'
import type { Store } from './store.ts'
import { hashOfFile } from './tree.ts'

/** Where the site lies on the disk. */
export const layout = (site: string) => ({
  /** A link to the release that is served. */
  live: join(site, 'live'),
  /** Files with a hash in their names, of every release that open tabs may be of; it is looked at after `live`. */
  kept: join(site, 'kept'),
  shelf: new Shelf(site, releaseSchema, 0o755),
  /** What the caches may hold of before, written ahead of the flip: a run that is killed leaves the list. */
  unpurged: join(site, 'unpurged.json'),
  /** The release whose files the caches were given last. */
  warmed: join(site, 'warmed'),
  /** The fingerprint that the configuration's own build had when it was published last. */
  configured: join(site, 'configured'),
  /** Held while the link is set: a check that sets it anew must not undo a publication. */
  flipLock: join(site, 'flip.lock'),
  /** One line for each time that another release went live. */
  flips: join(site, 'flips.jsonl'),
})

/** Every release that is whole, the oldest first. */
export async function listReleases(site: string): Promise<readonly Release[]> {
  return (await layout(site).shelf.whole()).toSorted(oldestFirst)
}

/** The id of the release that is served, whether its list can be read or not; undefined where nothing was published. */
export const servedRelease = (site: string): Promise<string | undefined> =>
  readlink(layout(site).live).then(basename, () => undefined)

/** The release that is live; undefined where nothing was published, or its list cannot be read. */
export async function liveRelease(site: string): Promise<Release | undefined> {
  const id = await servedRelease(site)
  return id === undefined ? undefined : layout(site).shelf.read(id)
}

/** A file that is not as it was published, and the SHA-256 that it should have. */
export type DamagedFile = { readonly name: string; readonly hash: string; readonly is: 'missing' | 'changed' }

/** What is missing or changed in a release. */
export async function damagedFiles(site: string, release: Release): Promise<readonly DamagedFile[]> {
  const root = layout(site).shelf.root(release.id)
  const seen = await eachAtOnce(Object.entries(release.files), async ([name, hash]): Promise<DamagedFile[]> => {
    const found = await hashOfFile(join(root, name)).catch(() => undefined)
    return found === hash ? [] : [{ name, hash, is: found === undefined ? 'missing' : 'changed' }]
  })
  return seen.flat()
}

/** The first of that in words; undefined where the release is whole. */
export async function damageOf(site: string, release: Release): Promise<string | undefined> {
  const [first] = await damagedFiles(site, release)
  return first && `${first.name} ${first.is === 'missing' ? 'is missing' : 'was changed'}`
}

const flipsWithinSeconds = 30

/** Does what sets the link, alone of its kind. */
export const whileFlipping = <Result>(site: string, work: () => Promise<Result>): Promise<Result> =>
  withLock(layout(site).flipLock, flipsWithinSeconds, work)

/** Makes a release the one that is served, in one step that nothing can come between. */
export async function pointLiveAt(site: string, id: string): Promise<void> {
  const { live, shelf } = layout(site)
  await syncDirectory(shelf.releases)
  const aside = join(site, `.live-${ownPid}`)
  await rm(aside, { force: true })
  await symlink(join('releases', id), aside)
  await rename(aside, live)
  await syncDirectory(site)
}

/** The paths that the caches may hold of an earlier release; empty when nothing is left to purge. */
export async function unpurged(site: string): Promise<readonly string[]> {
  return (await readJson(layout(site).unpurged, z.array(z.string()))) ?? []
}

export async function addUnpurged(site: string, paths: readonly string[]): Promise<void> {
  const all = new Set([...(await unpurged(site)), ...paths])
  await writeAtomically(layout(site).unpurged, `${JSON.stringify([...all])}\n`)
}

export async function clearUnpurged(site: string): Promise<void> {
  await rm(layout(site).unpurged, { force: true })
}

/** Writes a flip down; the same one again, with what was seen of it, takes its place. */
export async function recordFlip(site: string, happened: Flip): Promise<void> {
  const file = await open(layout(site).flips, 'a', 0o600)
  try {
    // A line of its own, also after one that a full disk cut off.
    await file.appendFile(`\n${JSON.stringify(happened)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The flips, the oldest first; a line that was cut off is left out. */
export async function flips(site: string): Promise<readonly Flip[]> {
  const lines = ((await readText(layout(site).flips)) ?? '').split('\n')
  const all = lines.flatMap((line) => parsedJson(line, flipSchema) ?? [])
  return [...new Map(all.map((flip) => [`${flip.at} ${flip.release}`, flip])).values()]
}

/** The releases of a site on this disk. */
export function onDisk(site: string): Store {
  const { kept, shelf } = layout(site)
  return {
    releases: () => listReleases(site),
    lists: () => shelf.lists(),
    live: () => liveRelease(site),
    flips: () => flips(site),
    // It is one step, that of the link.
    cutOff: () => Promise.resolve(undefined),
    take: async (gone) => {
      for (const { id } of gone) await shelf.remove(id)
    },
    keepOnly: async (named) => {
      const unnamed = (await filesBelow(kept).catch(() => [])).filter((name) => !named.has(name))
      for (const name of unnamed) await rm(join(kept, name), { force: true })
      return unnamed.length
    },
  }
}
