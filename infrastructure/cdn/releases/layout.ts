import { open, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { readText, writeAtomically } from '../../../src/targets/local/files.ts'
import { eachAtOnce } from './at-once.ts'
import { hashOfFile } from './tree.ts'

/**
 * A release: what it is made of and where it came from. Written whole before it goes live, and never changed.
 */
export type Release = {
  /** `2026-11-23.2-ab12cd34`: the day, the count of that day, the content. */
  readonly id: string
  /** Of the built folder: the same folder gives the same one. */
  readonly fingerprint: string
  readonly publishedAt: string
  /** Who published it, by the name on the machine. */
  readonly by: string
  /** The version of the source that it was built from, where that is known. */
  readonly commit?: string
  /** Bytes of the files as they were built; what compression adds is not counted. */
  readonly bytes: number
  /** Everything that is served, precompressed bodies (.br, .gz) too: path → SHA-256. */
  readonly files: Readonly<Record<string, string>>
}

/** Where the site lies on the disk. */
export const layout = (site: string) => ({
  /** A link to the release that is served. */
  live: join(site, 'live'),
  /** Files with a hash in their names, of every release that open tabs may be of; it is looked at after `live`. */
  kept: join(site, 'kept'),
  releases: join(site, 'releases'),
  manifests: join(site, 'manifests'),
  root: (id: string) => join(site, 'releases', id),
  manifest: (id: string) => join(site, 'manifests', `${id}.json`),
  /** What the caches may hold of before, written ahead of the flip: a run that is killed leaves the list. */
  unpurged: join(site, 'unpurged.json'),
  /** The fingerprint that the configuration's own build had when it was published last. */
  configured: join(site, 'configured'),
  /** One line for each time that another release went live. */
  flips: join(site, 'flips.jsonl'),
})

/** Every release that is whole, the oldest first. */
export async function listReleases(site: string): Promise<readonly Release[]> {
  const names = await readdir(layout(site).manifests).catch(() => [])
  const found = await eachAtOnce(
    names.filter((name) => name.endsWith('.json') && !name.startsWith('.')),
    async (name) => readRelease(site, name.replace(/\.json$/, '')),
  )
  return found.filter((release) => release !== undefined).toSorted(inOrder)
}

const inOrder = (one: Release, other: Release): number =>
  one.publishedAt.localeCompare(other.publishedAt) || countOf(one.id) - countOf(other.id)
const countOf = (id: string): number => Number(/\.(\d+)-/.exec(id)?.[1] ?? 0)

export async function readRelease(site: string, id: string): Promise<Release | undefined> {
  const text = await readText(layout(site).manifest(id))
  // Written whole, by publish and by nothing else.
  return text === undefined ? undefined : (JSON.parse(text) as Release)
}

/** The release that is live; undefined where nothing was published. */
export async function liveRelease(site: string): Promise<Release | undefined> {
  const target = await readlink(layout(site).live).catch(() => undefined)
  return target === undefined ? undefined : readRelease(site, target.split('/').at(-1) ?? '')
}

/** What is missing or changed in a release, in words; undefined where it is whole. */
export async function damageOf(site: string, release: Release): Promise<string | undefined> {
  const root = layout(site).root(release.id)
  const seen = await eachAtOnce(Object.entries(release.files), async ([name, hash]) => {
    const found = await hashOfFile(join(root, name)).catch(() => undefined)
    return found === hash ? undefined : `${name} ${found === undefined ? 'is missing' : 'was changed'}`
  })
  return seen.find((problem) => problem !== undefined)
}

/** Makes a release the one that is served, in one step that nothing can come between. */
export async function pointLiveAt(site: string, id: string): Promise<void> {
  const { live, releases } = layout(site)
  await syncDirectory(releases)
  const aside = join(site, `.live-${process.pid}`)
  await rm(aside, { force: true })
  await symlink(join('releases', id), aside)
  await rename(aside, live)
  await syncDirectory(site)
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  await directory.sync().finally(() => directory.close())
}

/** The paths that the caches may hold of an earlier release; empty when nothing is left to purge. */
export async function unpurged(site: string): Promise<readonly string[]> {
  const text = await readText(layout(site).unpurged)
  // Written by addUnpurged alone.
  return text === undefined ? [] : (JSON.parse(text) as string[])
}

export async function addUnpurged(site: string, paths: readonly string[]): Promise<void> {
  const all = new Set([...(await unpurged(site)), ...paths])
  await writeAtomically(layout(site).unpurged, `${JSON.stringify([...all])}\n`)
}

export async function clearUnpurged(site: string): Promise<void> {
  await rm(layout(site).unpurged, { force: true })
}

/** That another release went live: when, through whom, and what was seen from outside meanwhile. */
export type Flip = {
  readonly at: string
  readonly release: string
  readonly before: string | null
  readonly how: 'publish' | 'rollback'
  readonly by: string
  /** From the flip to the first answer of the new release, in ms. */
  readonly visibleMs?: number
  /** Pages that were loaded with their chunks meanwhile, and how many of them missed something. */
  readonly loads?: { readonly pages: number; readonly failed: number }
}

export async function recordFlip(site: string, flip: Flip): Promise<void> {
  const file = await open(layout(site).flips, 'a', 0o600)
  await file.appendFile(`${JSON.stringify(flip)}\n`).finally(() => file.close())
}

/** The flips, the oldest first. */
export async function flips(site: string): Promise<readonly Flip[]> {
  const text = await readFile(layout(site).flips, 'utf8').catch(() => '')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).trim()
  // Lines of recordFlip; a last one without its end was cut off.
  return whole === '' ? [] : whole.split('\n').map((line) => JSON.parse(line) as Flip)
}
