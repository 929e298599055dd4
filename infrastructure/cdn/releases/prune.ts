import type { Duration } from '../../../src/core/units.ts'
import type { Flip, Release } from './release.ts'
import type { Store } from './store.ts'

/** So many releases, and those that were live within this time, stay whole. */
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

/** The releases that need not be kept, the oldest first; none whose page visitors may have. */
export async function expiredIn(store: Store, retention: Retention, now: Date): Promise<readonly Release[]> {
  const [releases, live, history, cutOff] = await Promise.all([
    store.releases(),
    store.live(),
    store.flips(),
    store.cutOff(),
  ])
  return expired(releases, live, retention, now, history).filter(({ id }) => id !== cutOff?.to)
}

/**
 * Deletes releases, and of the files for open tabs those that no other release names. Answers how many files those were.
 * Where the list of any release cannot be read, all of these stay: it may name them.
 */
export async function prune(store: Store, gone: readonly Release[]): Promise<number> {
  await store.take(gone)
  const releases = await allOf(store)
  if (!releases) return 0
  const named = new Set(releases.flatMap(({ files }) => Object.keys(files)))
  return store.keepOnly(named, [...gone, ...releases])
}

/** The API releases that a web release names; undefined where the list of any cannot be read: it may name more. */
export async function apisNamed(store: Store): Promise<ReadonlySet<string> | undefined> {
  const releases = await allOf(store)
  return releases && new Set(releases.flatMap(({ api }) => api ?? []))
}

/** All releases; undefined where the list of any cannot be read. */
async function allOf(store: Store): Promise<readonly Release[] | undefined> {
  const [releases, lists] = await Promise.all([store.releases(), store.lists()])
  return lists.length > releases.length ? undefined : releases
}
