import { mayBeKept } from '../classes.ts'
import { hashedFoldersOf, type Release } from '../releases/release.ts'
import { expired, type Retention } from '../releases/prune.ts'
import { keys, type SiteStore } from './site-store.ts'

/** The releases in the bucket that the retention lets go, the oldest first; none whose page visitors may have. */
export async function expiredOnAws(store: SiteStore, retention: Retention, now: Date): Promise<readonly Release[]> {
  const [releases, live, history, cutOff] = await Promise.all([
    store.releases(),
    store.live(),
    store.flips(),
    store.cutOff(),
  ])
  return expired(releases, live, retention, now, history).filter(({ id }) => id !== cutOff?.to)
}

/** What a publication staged that was killed before it had a list, and never went on. */
async function leftovers(store: SiteStore, lists: readonly string[]): Promise<readonly string[]> {
  const [staged, cutOff] = await Promise.all([store.list(keys.staged), store.cutOff()])
  const idOf = (key: string): string => key.slice(keys.staged.length).split('/')[0] ?? ''
  return staged.filter((key) => idOf(key) !== cutOff?.to && !lists.includes(keys.manifest(idOf(key))))
}

/**
 * Deletes releases, and of the files with a hash those that no other release names. Answers how many files those were.
 * Where the list of any release cannot be read, all of these stay: it may name them.
 */
export async function pruneOnAws(store: SiteStore, gone: readonly Release[]): Promise<number> {
  // The lists first: a run that is killed leaves files that nobody names, and never a release without its files.
  await store.remove(gone.map(({ id }) => keys.manifest(id)))
  for (const { id } of gone) await store.remove(await store.list(keys.files(id)))
  const [releases, lists, served] = await Promise.all([store.releases(), store.list(keys.manifests), store.served()])
  await store.remove(await leftovers(store, lists))
  if (lists.length > releases.length) return 0
  // What visitors have now is in a list that was lost.
  if ((await store.live()) === undefined) return 0
  const named = new Set(releases.flatMap(({ files }) => Object.keys(files)))
  const folders = hashedFoldersOf([...gone, ...releases])
  const unnamed = [...served].filter((name) => mayBeKept(name, folders) && !named.has(name))
  await store.remove(unnamed)
  return unnamed.length
}
