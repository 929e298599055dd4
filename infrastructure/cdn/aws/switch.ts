import { Interrupted, OperatorError } from '../../../src/core/errors.ts'
import type { World } from '../../../src/core/world.ts'
import { isKept, mayBeKept } from '../classes.ts'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { withSite } from '../fetch.ts'
import type { OnAws } from '../endpoint.ts'
import { urlPath } from '../releases/caches.ts'
import { observeFlip, seenIn } from '../releases/observe.ts'
import { type Flip, hashedFoldersOf, type Release } from '../releases/release.ts'
import { type Clock, invalidate } from './invalidate.ts'
import { type Found, keys, type SiteStore, stagedAt } from './site-store.ts'

/** The site on AWS: its bucket, the distribution before it, and where visitors ask that. */
export type AwsSite = {
  readonly store: SiteStore
  readonly distribution: string
  readonly region: string
  readonly endpoint: OnAws
}

const copiesAtOnce = 16
const visibleWithinMs = 5000
/** CloudFront may be waited for for minutes, with a page loaded after each pause. */
const pauseMs = 200

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
  const found = await store.look(keys.files(release.id))
  requireWhole(release, found)
  if (world.signal.aborted) throw new Interrupted()
  await store.beginSwitch({ to: release.id, how: given.how })
  const copy = (name: string): Promise<void> => store.copy(stagedAt(release.id, name), name)
  // The page last: whoever has the new one finds all that it names.
  await eachAtOnce(
    stagedNames(release, found).filter((name) => name !== 'index.html' && !isServed(name, release, found)),
    copy,
    copiesAtOnce,
  )
  const { gone, forgotten } = staleAfter(release, found)
  const goLive = async (): Promise<Flip> => {
    await copy('index.html')
    await store.remove(gone)
    await invalidate(distribution, region, forgotten, release.id, world)
    // Said only when it is so everywhere: a run that was killed before is made again, with its invalidation.
    await store.makeLive(release.id)
    const at = world.now().toISOString()
    const flip: Flip = { at, release: release.id, before: found.live?.id ?? null, ...given }
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

/** Whether visitors have a file already as it is in a release: a copy would be one more version that is paid for. */
const isServed = (name: string, release: Release, { live, served, cutOff }: Found): boolean =>
  cutOff === undefined && served.has(name) && live?.files[name] === release.files[name] && live?.ages === release.ages

const stagedNames = ({ id, files }: Release, { staged }: Found): readonly string[] =>
  Object.keys(files).filter((name) => staged.has(stagedAt(id, name)))

/** Throws OperatorError where a file of the release is neither staged nor where visitors ask for it. */
function requireWhole({ id, files, hashedFolders }: Release, { live, served, staged, releases }: Found): void {
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
    `${live?.id ?? 'nothing'} is still live`,
    'publish it again: edge publish FOLDER --target aws',
  ])
}

/** What nobody may get any more once a release is live: files that it has not, and paths that CloudFront is to forget. */
function staleAfter(release: Release, found: Found): { readonly gone: string[]; readonly forgotten: string[] } {
  const { live, served, releases, cutOff } = found
  // Of whichever release: a folder that was of hashed files once may be asked for by tabs of that time.
  const folders = hashedFoldersOf(releases)
  const gone = [...served].filter((name) => !mayBeKept(name, folders) && release.files[name] === undefined)
  const changed = stagedNames(release, found).filter((name) => live?.files[name] !== release.files[name])
  // After one that was cut off, CloudFront may have files of any release.
  return { gone, forgotten: cutOff === undefined ? [...changed, ...gone].map(urlPath) : ['/*'] }
}

/** Holds the site while it is switched to another release. Where that fails, what visitors may have by then is told. */
export function whileSwitching<Result>(
  { store }: AwsSite,
  { verb, by, world }: { readonly verb: string; readonly by: string; readonly world: World },
  work: () => Promise<Result>,
): Promise<Result> {
  return store.whileLocked(verb, by, world.now, async () => {
    try {
      return await work()
    } catch (error) {
      // Who took the site over is at a switch of its own, which is not ours to complete.
      const isTakenOver = error instanceof OperatorError && error.where === 'lock'
      if (!isTakenOver) await sayWhatIsHalfDone(store, world)
      throw error
    }
  })
}

async function sayWhatIsHalfDone(store: SiteStore, { stderr }: World): Promise<void> {
  // What refused the work may refuse this, too, and is told as what the work met.
  const [live, cutOff] = await Promise.all([store.live(), store.cutOff()]).catch(() => [])
  if (!cutOff) return
  const { to, how } = cutOff
  const completes = {
    publish: 'the same publication again completes it: edge publish FOLDER --target aws',
    rollback: `edge rollback ${to} --target aws completes it`,
  }
  stderr.write(`\nvisitors may have files of ${to} already\n  ${completes[how]}\n`)
  if (live && live.id !== to) stderr.write(`  edge rollback ${live.id} --target aws brings that one back\n`)
}

/** When a release was seen from outside, in words. */
export const seenFromOutside = ({ visibleMs }: Flip): string =>
  visibleMs === undefined ? 'not seen from outside yet: edge verify cdn --target aws' : `seen after ${visibleMs} ms`
