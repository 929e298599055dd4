import { join } from 'node:path'
import { CloudFrontClient, CreateInvalidationCommand, GetInvalidationCommand } from '@aws-sdk/client-cloudfront'
import { Interrupted, OperatorError } from '../../../src/core/errors.ts'
import type { World } from '../../../src/core/world.ts'
import { isKept, mayBeKept } from '../classes.ts'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { withSite } from '../fetch.ts'
import type { OnAws } from '../endpoint.ts'
import { urlPath } from '../releases/caches.ts'
import { type Flip, hashedFoldersOf, type Release } from '../releases/layout.ts'
import { observeFlip, seenIn } from '../releases/observe.ts'
import { type Origin, refuseReusedNames, releaseId } from '../releases/stage.ts'
import { fingerprintOf, type Tree } from '../releases/tree.ts'
import { cacheControlOf } from '../render-maps.ts'
import type { CdnSettings } from '../settings.ts'
import { keys, type SiteStore, type Switch } from './site-store.ts'

/** The site on AWS: its bucket, the distribution before it, and where visitors ask that. */
export type AwsSite = {
  readonly store: SiteStore
  readonly distribution: string
  readonly region: string
  readonly endpoint: OnAws
}

export type AwsPublished =
  | { readonly is: 'unchanged'; readonly release: Release }
  | {
      readonly is: 'live'
      readonly release: Release
      readonly written: { readonly files: number; readonly bytes: number }
      readonly flip: Flip
    }

/** When it is, and how long it is waited. */
type Clock = Pick<World, 'now' | 'signal' | 'sleep'>

const uploadsAtOnce = 16
/** Larger ones are uploaded one by one: each is held in memory. */
const smallBytes = 8 * 1024 * 1024
const invalidatedWithinMs = 600_000
const pollEveryMs = 2000
const visibleWithinMs = 5000
/** CloudFront may be waited for for minutes, with a page loaded after each pause. */
const pauseMs = 200

const stagedAt = (id: string, name: string): string => `${keys.files(id)}${name}`

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

/**
 * Makes a release that is whole in the bucket the one that visitors get. Throws Interrupted before the first copy, or while
 * CloudFront is waited for: the copies between are a moment, and a page without its files is worse than that. Meanwhile
 * it is looked at from outside; not to see it there is no failure, for the name may not lead to CloudFront yet.
 */
export async function switchOnAws(
  { store, distribution, region, endpoint }: AwsSite,
  release: Release,
  given: { readonly how: Flip['how']; readonly by: string },
  world: Clock,
): Promise<Flip> {
  const found = await lookInto(store, release)
  requireWhole(release, found)
  if (world.signal.aborted) throw new Interrupted()
  await store.beginSwitch({ to: release.id, how: given.how })
  const copy = (name: string): Promise<void> => store.copy(stagedAt(release.id, name), name)
  // The page last: whoever has the new one finds all that it names.
  await eachAtOnce(
    stagedNames(release, found).filter((name) => name !== 'index.html' && !isServed(name, release, found)),
    copy,
    uploadsAtOnce,
  )
  const { gone, forgotten } = staleAfter(release, found)
  const goLive = async (): Promise<Flip> => {
    await copy('index.html')
    await store.remove(gone)
    await invalidate(distribution, region, forgotten, release.id, world)
    // Said only when it is so everywhere: a run that was killed before is made again, with its invalidation.
    await store.makeLive(release.id)
    const at = world.now().toISOString()
    const flip: Flip = { at, release: release.id, before: found.before?.id ?? null, ...given }
    // Before it is looked for: a rollback learns from this where it leads, whatever becomes of the looking.
    await store.putJson(keys.flip(at), flip)
    return flip
  }
  const observed = await withSite(endpoint, (client) =>
    observeFlip(client, release, goLive, visibleWithinMs, { pauseMs, signal: world.signal }),
  )
  const flip = { ...observed.done, ...seenIn(observed) }
  await store.putJson(keys.flip(flip.at), flip)
  return flip
}

/** What a switch finds: the release that is live, keys that visitors can ask for, and those staged for the new one. */
type Found = {
  readonly before: Release | undefined
  readonly served: ReadonlySet<string>
  readonly staged: ReadonlySet<string>
  readonly releases: readonly Release[]
  readonly cutOff: Switch | undefined
}

async function lookInto(store: SiteStore, release: Release): Promise<Found> {
  const [before, served, staged, releases, cutOff] = await Promise.all([
    store.live(),
    store.served(),
    store.list(keys.files(release.id)),
    store.releases(),
    store.cutOff(),
  ])
  return { before, served, staged: new Set(staged), releases, cutOff }
}

/** Whether visitors have a file already as it is in a release: a copy would be one more version that is paid for. */
const isServed = (name: string, release: Release, { before, served, cutOff }: Found): boolean =>
  cutOff === undefined &&
  served.has(name) &&
  before?.files[name] === release.files[name] &&
  before?.ages === release.ages

const stagedNames = ({ id, files }: Release, { staged }: Found): readonly string[] =>
  Object.keys(files).filter((name) => staged.has(stagedAt(id, name)))

/** Throws OperatorError where a file of the release is neither staged nor where visitors ask for it. */
function requireWhole({ id, files, hashedFolders }: Release, { before, served, staged, releases }: Found): void {
  // Where visitors ask, a name may have the content of another release by now.
  const isOfOneContent = (name: string): boolean =>
    releases.every((other) => (other.files[name] ?? files[name]) === files[name])
  // Of what stays for open tabs, older versions staged nothing.
  const isRightWhereServed = (name: string): boolean =>
    isKept(name, hashedFolders) || (mayBeKept(name, hashedFolders) && isOfOneContent(name))
  const missing = Object.keys(files).find(
    (name) => !staged.has(stagedAt(id, name)) && !(served.has(name) && isRightWhereServed(name)),
  )
  if (missing === undefined) return
  throw new OperatorError(id, `is not whole: ${missing} is missing in the bucket`, [
    `${before?.id ?? 'nothing'} is still live`,
    'publish it again: edge publish FOLDER --target aws',
  ])
}

/** What nobody may get any more once a release is live: files that it has not, and paths that CloudFront is to forget. */
function staleAfter(release: Release, found: Found): { readonly gone: string[]; readonly forgotten: string[] } {
  const { before, served, releases, cutOff } = found
  // Of whichever release: a folder that was of hashed files once may be asked for by tabs of that time.
  const folders = hashedFoldersOf(releases)
  const gone = [...served].filter((name) => !mayBeKept(name, folders) && release.files[name] === undefined)
  const changed = stagedNames(release, found).filter((name) => before?.files[name] !== release.files[name])
  // After one that was cut off, CloudFront may have files of any release.
  return { gone, forgotten: cutOff === undefined ? [...changed, ...gone].map(urlPath) : ['/*'] }
}

/** So many paths are named one by one; more are one star, which costs as much as one path (CloudFront's price list). */
const mostPaths = 15

/** Makes CloudFront forget what it has of these paths, everywhere. */
async function invalidate(
  distribution: string,
  region: string,
  stale: readonly string[],
  reference: string,
  world: Clock,
): Promise<void> {
  if (stale.length === 0) return
  const client = new CloudFrontClient({ region })
  const paths = stale.length > mostPaths ? ['/*'] : [...new Set(['/', ...stale])]
  const { Invalidation: made } = await client.send(
    new CreateInvalidationCommand({
      DistributionId: distribution,
      InvalidationBatch: {
        CallerReference: `${reference}-${Date.now()}`,
        Paths: { Quantity: paths.length, Items: paths },
      },
    }),
  )
  await untilForgotten(client, { DistributionId: distribution, Id: made?.Id }, world)
}

/** The SDK's own waiter takes a refusal for "not yet", and goes on for seconds after it was told to stop. */
async function untilForgotten(
  client: CloudFrontClient,
  which: { readonly DistributionId: string; readonly Id: string | undefined },
  { now, signal, sleep }: Clock,
): Promise<void> {
  const until = now().getTime() + invalidatedWithinMs
  for (;;) {
    const { Invalidation: found } = await client.send(new GetInvalidationCommand(which), { abortSignal: signal })
    if (found?.Status === 'Completed') return
    if (now().getTime() > until) {
      throw new OperatorError(
        which.DistributionId,
        'CloudFront still serves files of the release before from its caches',
        [
          `it was waited for ${invalidatedWithinMs / 60_000} minutes; the files of the new one are all in place`,
          'run this again: it tells CloudFront anew, and waits',
        ],
      )
    }
    await sleep(pollEveryMs)
  }
}
