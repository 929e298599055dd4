import { join } from 'node:path'
import { Interrupted } from '../../../src/core/errors.ts'
import { isKept } from '../classes.ts'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { type Flip, type Origin, refuseReusedNames, type Release, releaseId } from '../releases/release.ts'
import { fingerprintOf, type Tree } from '../releases/tree.ts'
import { cacheControlOf } from '../render-maps.ts'
import type { CdnSettings } from '../settings.ts'
import type { Clock } from './invalidate.ts'
import { keys, type SiteStore, stagedAt } from './site-store.ts'
import { type AwsSite, switchOnAws } from './switch.ts'

export type AwsPublished =
  | { readonly is: 'unchanged'; readonly release: Release }
  | {
      readonly is: 'live'
      readonly release: Release
      readonly written: { readonly files: number; readonly bytes: number }
      readonly flip: Flip
    }

const uploadsAtOnce = 16
/** Larger ones are uploaded one by one: each is held in memory. */
const smallBytes = 8 * 1024 * 1024

/**
 * Publishes a built folder: what has a hash in its name is added beside that of earlier releases, the rest is staged
 * under the release's own name, and copied to where visitors ask when all is there; the page comes last. Killed before
 * that, the release before is served whole.
 */
export async function publishToAws(
  { folder, tree }: { readonly folder: string; readonly tree: Tree },
  site: AwsSite,
  settings: CdnSettings,
  origin: Origin,
  world: Clock,
  progress: (done: number, of: number) => void,
): Promise<AwsPublished> {
  const { store } = site
  const { hashedFolders } = origin
  const fingerprint = fingerprintOf(tree)
  const [releases, live, served, staged, cutOff] = await Promise.all([
    store.releases(),
    store.live(),
    store.served(),
    store.list(keys.staged),
    store.cutOff(),
  ])
  const ages = agesOf(settings)
  const isWhole = cutOff === undefined && live !== undefined && !isMissing(live, served)
  if (isWhole && live.fingerprint === fingerprint && live.ages === ages) return { is: 'unchanged', release: live }
  refuseReusedNames(tree, releases, origin)
  const now = world.now()
  const id = releaseId(
    releases.map((one) => one.id),
    now,
    fingerprint,
  )
  const release: Release = {
    id,
    fingerprint,
    publishedAt: now.toISOString(),
    by: origin.by,
    ...(origin.commit === undefined ? {} : { commit: origin.commit }),
    hashedFolders: [...hashedFolders],
    ages,
    bytes: [...tree.values()].reduce((sum, { size }) => sum + size, 0),
    files: Object.fromEntries([...tree].map(([name, { hash }]) => [name, hash])),
  }
  /** The release that a name where visitors ask is of, where that is the same file. */
  const servedOf = (name: string, hash: string): Release | undefined => {
    if (!isKept(name, hashedFolders) || !served.has(name)) return undefined
    const newest = releases.findLast(({ files }) => files[name] !== undefined)
    return newest?.files[name] === hash ? newest : undefined
  }
  const copyOf = copiesIn(releases, new Set(staged))
  const wanted = [...tree]
    .filter(([name, { hash }]) => servedOf(name, hash)?.ages !== ages)
    .map(([name, { hash, size }]) => ({
      name,
      hash,
      size,
      key: isKept(name, hashedFolders) ? name : stagedAt(id, name),
      copy: servedOf(name, hash) ? name : copyOf(name, hash),
    }))
  await bring(wanted, { folder, store, settings }, world, progress)
  await store.putJson(keys.manifest(id), release)
  const flip = await switchOnAws(site, release, { how: 'publish', by: origin.by }, world)
  const uploaded = wanted.filter(({ copy }) => copy === undefined)
  const bytes = uploaded.reduce((sum, { size }) => sum + size, 0)
  return { is: 'live', release, written: { files: uploaded.length, bytes }, flip }
}

/** How browsers may keep files of each class: objects say it themselves, so that another setting makes them anew. */
const agesOf = (settings: CdnSettings): string =>
  ['a-A1b2C3d4.js', 'a.png', 'a.woff2'].map((name) => cacheControlOf(name, settings)).join('; ')

/** A file that the bucket is to have under a key, and where it has the same one already. */
type Wanted = {
  readonly name: string
  readonly hash: string
  readonly size: number
  readonly key: string
  readonly copy: string | undefined
}

/** Where the newest release has a file with this content under the same name: it need not be uploaded again. */
const copiesIn =
  (releases: readonly Release[], staged: ReadonlySet<string>) =>
  (name: string, hash: string): string | undefined => {
    const has = ({ id, files }: Release): boolean => files[name] === hash && staged.has(stagedAt(id, name))
    const newest = releases.findLast(has)
    return newest && stagedAt(newest.id, name)
  }

/** Copies what the bucket has already, and uploads the rest. */
async function bring(
  wanted: readonly Wanted[],
  { folder, store, settings }: { readonly folder: string; readonly store: SiteStore; readonly settings: CdnSettings },
  { signal }: Clock,
  progress: (done: number, of: number) => void,
): Promise<void> {
  let done = 0
  const bringOne = async ({ name, hash, key, copy }: Wanted): Promise<void> => {
    if (signal.aborted) throw new Interrupted()
    // Said of a copy anew: it may be kept for another time than when it was uploaded.
    const shown = { name, cacheControl: cacheControlOf(name, settings) }
    if (copy === undefined) await store.putFile(key, join(folder, name), hash, shown)
    else await store.copy(copy, key, shown)
    progress(++done, wanted.length)
  }
  const isSmall = ({ size }: Wanted): boolean => size <= smallBytes
  await eachAtOnce(wanted.filter(isSmall), bringOne, uploadsAtOnce)
  for (const one of wanted) if (!isSmall(one)) await bringOne(one)
}

const isMissing = (release: Release, served: ReadonlySet<string>): boolean =>
  Object.keys(release.files).some((name) => !served.has(name))
