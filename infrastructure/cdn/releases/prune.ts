import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duration } from '../../../src/core/units.ts'
import { flips, layout, listReleases, liveRelease } from './layout.ts'
import type { Flip, Release } from './release.ts'

/** So many releases, and those that were live within this time, stay whole on the disk. */
export type Retention = { readonly keep: number; readonly keepFor: Duration }

/**
 * The releases that the retention lets go, the oldest first: neither live, nor among the last ones, nor live within the
 * time. A tab may be as old as the last moment at which its release was live, however long ago that was published.
 */
export function expired(
  releases: readonly Release[],
  live: Release | undefined,
  { keep, keepFor }: Retention,
  now: Date,
  history: readonly Flip[],
): readonly Release[] {
  const last = new Set(releases.slice(-keep).map(({ id }) => id))
  const oldest = now.getTime() - keepFor.milliseconds
  return releases.filter((release) => {
    const replaced = history.findLast(({ before }) => before === release.id)
    const seenUntil = Math.max(Date.parse(release.publishedAt), replaced ? Date.parse(replaced.at) : 0)
    return release.id !== live?.id && !last.has(release.id) && seenUntil < oldest
  })
}

/**
 * Deletes releases, and of the kept files those that no other release names. Answers how many files those were. Where
 * the list of any release cannot be read, all kept files stay: it may name them.
 */
export async function prune(site: string, gone: readonly Release[]): Promise<number> {
  const { shelf, kept } = layout(site)
  for (const { id } of gone) await shelf.remove(id)
  const releases = await listReleases(site)
  if ((await shelf.lists()).length > releases.length) return 0
  const names = new Set(releases.flatMap(({ files }) => Object.keys(files)))
  const entries = await readdir(kept, { recursive: true, withFileTypes: true }).catch(() => [])
  const unnamed = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(kept.length + 1))
    .filter((name) => !names.has(name))
  for (const name of unnamed) await rm(join(kept, name), { force: true })
  return unnamed.length
}

/** The API releases that a web release names; undefined where the list of any cannot be read: it may name more. */
export async function apisNamed(site: string): Promise<ReadonlySet<string> | undefined> {
  const releases = await listReleases(site)
  if ((await layout(site).shelf.lists()).length > releases.length) return undefined
  return new Set(releases.flatMap(({ api }) => api ?? []))
}

export async function expiredNow(site: string, retention: Retention, now: Date): Promise<readonly Release[]> {
  return expired(await listReleases(site), await liveRelease(site), retention, now, await flips(site))
}
