import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duration } from '../../../src/core/units.ts'
import { layout, listReleases, liveRelease, type Release } from './layout.ts'

/** Releases of this time, and at least so many, stay whole on the disk. */
export type Retention = { readonly keep: number; readonly keepFor: Duration }

/** The releases that the retention lets go: neither live, nor among the last ones, nor young. */
export function expired(
  releases: readonly Release[],
  live: Release | undefined,
  { keep, keepFor }: Retention,
  now: Date,
): readonly Release[] {
  const last = new Set(releases.slice(-keep).map(({ id }) => id))
  const oldest = now.getTime() - keepFor.milliseconds
  return releases.filter(({ id, publishedAt }) => id !== live?.id && !last.has(id) && Date.parse(publishedAt) < oldest)
}

/** Deletes releases, and of the kept files those that no other release names. Answers how many files those were. */
export async function prune(site: string, gone: readonly Release[]): Promise<number> {
  const { root, manifest, kept } = layout(site)
  for (const release of gone) {
    // The list first: a release without one is a leftover, which the next run clears away.
    await rm(manifest(release.id), { force: true })
    await rm(root(release.id), { recursive: true, force: true })
  }
  const names = new Set((await listReleases(site)).flatMap(({ files }) => Object.keys(files)))
  const entries = await readdir(kept, { recursive: true, withFileTypes: true }).catch(() => [])
  const unnamed = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(kept.length + 1))
    .filter((name) => !names.has(name))
  for (const name of unnamed) await rm(join(kept, name), { force: true })
  return unnamed.length
}

export async function expiredNow(site: string, retention: Retention, now: Date): Promise<readonly Release[]> {
  return expired(await listReleases(site), await liveRelease(site), retention, now)
}
