import { join } from 'node:path'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { counted, type Say } from '../../../src/core/staged.ts'
import type { World } from '../../../src/core/world.ts'
import { isKept } from '../classes.ts'
import type { Origin, Release } from '../releases/release.ts'
import { stage, type Staged } from '../releases/stage.ts'
import type { Built, SourceFile } from '../releases/tree.ts'
import { cacheControlOf } from '../render-maps.ts'
import type { CdnSettings } from '../settings.ts'
import { type Found, type SiteStore, stagedAt } from './site-store.ts'

const uploadsAtOnce = 16
/** Larger ones are uploaded one by one: each is held in memory. */
const smallBytes = 8 * 1024 * 1024

/** A file that the bucket is to have under a key, and where it has the same one already. */
type Wanted = SourceFile & { readonly name: string; readonly key: string; readonly copy: string | undefined }

/**
 * Adds what has a hash in its name beside that of earlier releases, and the rest under the release's own name: copies of what
 * the bucket has already, and uploads.
 */
export async function stageInBucket(
  { folder, tree }: Built,
  store: SiteStore,
  { releases, served, staged }: Found,
  settings: CdnSettings,
  origin: Origin,
  world: Pick<World, 'now' | 'signal'>,
  progress: Say,
): Promise<Staged> {
  const { hashedFolders } = origin
  const ages = agesOf(settings)
  /** The release that a name where visitors ask is of, where that is the same file. */
  const servedOf = (name: string, hash: string): Release | undefined => {
    if (!isKept(name, hashedFolders) || !served.has(name)) return undefined
    const newest = releases.findLast(({ files }) => files[name] !== undefined)
    return newest?.files[name] === hash ? newest : undefined
  }
  const copyOf = copiesIn(releases, staged)
  const bringOne = async ({ name, hash, key, copy }: Wanted): Promise<void> => {
    // Said of a copy anew: it may be kept for another time than when it was uploaded.
    const shown = { name, cacheControl: cacheControlOf(name, settings) }
    if (copy === undefined) await store.putFile(key, join(folder, name), hash, shown)
    else await store.copy(copy, key, shown)
  }
  const put = async (id: string) => {
    const wanted = [...tree]
      .filter(([name, { hash }]) => servedOf(name, hash)?.ages !== ages)
      .map(([name, file]) => ({
        ...file,
        name,
        key: isKept(name, hashedFolders) ? name : stagedAt(id, name),
        copy: servedOf(name, file.hash) ? name : copyOf(name, file.hash),
      }))
    const bring = counted(wanted.length, world, progress, bringOne)
    const isSmall = ({ size }: Wanted): boolean => size <= smallBytes
    await eachAtOnce(wanted.filter(isSmall), bring, uploadsAtOnce)
    for (const one of wanted) if (!isSmall(one)) await bring(one)
    return {
      files: [...tree].map(([name, { hash }]) => [name, hash] as const),
      sizes: wanted.map(({ copy, size }) => (copy === undefined ? size : undefined)),
    }
  }
  return stage(tree, { releases, taken: releases.map(({ id }) => id), ages, put }, origin, world.now())
}

/** How browsers may keep files of each class: objects say it themselves, so that another setting makes them anew. */
export const agesOf = (settings: CdnSettings): string =>
  ['a-A1b2C3d4.js', 'a.png', 'a.woff2'].map((name) => cacheControlOf(name, settings)).join('; ')

/** Where the newest release has a file with this content under the same name: it need not be uploaded again. */
const copiesIn =
  (releases: readonly Release[], staged: ReadonlySet<string>) =>
  (name: string, hash: string): string | undefined => {
    const has = ({ id, files }: Release): boolean => files[name] === hash && staged.has(stagedAt(id, name))
    const newest = releases.findLast(has)
    return newest && stagedAt(newest.id, name)
  }
