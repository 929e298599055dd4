import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { isKept, isPagePart } from './classes.ts'
import { asksForMs, type SiteClient, withSite } from './fetch.ts'
import type { OnAws, OnThisMachine, Site } from './endpoint.ts'
import type { EdgeMachine } from './machine.ts'
import { eachAtOnce, eachUntil } from '../../src/core/at-once.ts'
import { plainName } from './releases/compress.ts'
import { unfoundFile } from './releases/page-files.ts'
import { spread, urlPath } from './releases/caches.ts'
import { damageOf, flips, layout, listReleases, liveRelease, pointLiveAt, whileFlipping } from './releases/layout.ts'
import { type Release, releaseBefore } from './releases/release.ts'
import { observeFlip } from './releases/observe.ts'
import { hashOf, hashOfFile } from './releases/tree.ts'
import { isReachable } from './routing.ts'

const nothing = broken(
  measured({}),
  'nothing is live, or its list cannot be read',
  'edge deploy cdn; where it finds nothing to do: edge releases, then edge rollback RELEASE',
)
const watchedFlips = 20

/**
 * Every file of the live release is what was published, and the flip itself shows visitors nothing: the link is set
 * anew, to where it points, while pages are loaded with their chunks.
 */
export async function atomicReleases(endpoint: OnThisMachine): Promise<Verdict> {
  const { machine } = endpoint
  const { site } = machine
  const flipped = await whileFlipping(site, async () => {
    const live = await liveRelease(site)
    if (!live) return undefined
    const target = await readlink(layout(site).live).catch(() => 'no link')
    const again = async (): Promise<void> => {
      for (let flip = 0; flip < watchedFlips; flip += 1) await pointLiveAt(site, live.id)
    }
    const observed = await withSite(endpoint, (client) => observeFlip(client, live, again, 5000))
    return { live, target, ...observed }
  })
  if (!flipped) return nothing
  const { live, target, pages, failed, visibleMs } = flipped
  const [damage, ofApi, unfound] = await Promise.all([
    damageOf(site, live),
    apiDamage(machine, live),
    unfoundOf(site, live),
  ])
  const seen = measured({
    live: live.id,
    files: Object.keys(live.files).length,
    'whole pages during flips': `${pages - failed} of ${pages}`,
  })
  const next = 'edge deploy cdn puts it back from another copy; where there is none: edge publish FOLDER'
  if (damage !== undefined) return broken(seen, `${live.id}: ${damage}`, next)
  if (ofApi !== undefined) return broken(seen, ofApi, 'edge publish FOLDER --api FOLDER has both whole again')
  if (target !== join('releases', live.id)) return broken(seen, `what is live is ${target}`, next)
  // As it was published, so no copy of it helps.
  if (unfound !== undefined) return broken(seen, `${live.id}: ${unfound}`, insteadOfBroken)
  if (visibleMs === undefined) return broken(seen, 'the site does not show the page of the live release', next)
  if (failed > 0) return broken(seen, `${failed} pages missed a file while the release was switched`, next)
  return kept(seen)
}

const insteadOfBroken =
  'edge rollback brings the release before back; edge publish FOLDER, of a whole build, replaces it'

/** A page that was published without a file of its build, in words. */
async function unfoundOf(site: string, { id, files, hashedFolders }: Release): Promise<string | undefined> {
  const folder = layout(site).shelf.root(id)
  const names = Object.keys(files).filter((name) => plainName(name) === name)
  // One that is gone is damage, which is said for itself.
  const unfound = await unfoundFile({ folder, names, earlier: await listReleases(site), hashedFolders }).catch(
    () => undefined,
  )
  return unfound && `${unfound.page} names /${unfound.file}, which no release has`
}

/** The release before is whole, file by file, and the last switch was seen from outside. */
export async function rollback({ machine }: OnThisMachine): Promise<Verdict> {
  const [releases, live, history] = await Promise.all([
    listReleases(machine.site),
    liveRelease(machine.site),
    flips(machine.site),
  ])
  if (!live) return nothing
  const others = releases.filter(({ id }) => id !== live.id)
  const known = releaseBefore(releases, live, history)
  // Behind the first release there is none: one that was gone back from can be had by its name.
  const before = known ?? others[0]
  if (!before) return notClaimed('there is only one release yet')
  const damage = await damageOf(machine.site, before)
  // What `edge rollback` would refuse, of the API that has to come back, too.
  const ofApi = before.api === live.api ? undefined : await apiDamage(machine, before)
  const last = history.findLast(({ visibleMs }) => visibleMs !== undefined)
  const seen = measured({
    'previous release': known ? known.id : `${before.id} by its name`,
    files: `${Object.keys(before.files).length} compared`,
    'last switch seen after': last?.visibleMs === undefined ? 'not watched yet' : `${last.visibleMs} ms`,
  })
  const taken = before.api === live.api ? [] : await machine.takenSince(before.api)
  if (damage === undefined && ofApi === undefined) {
    if (taken.length === 0) return kept(seen)
    // As with the first release: nothing is broken, and there is none behind it that can be restored as it was.
    const why = `the API of ${before.id} may use what was taken away since (${taken.join(', ')})`
    return notClaimed(`${why}: edge rollback says how to return to it nevertheless`)
  }
  const next =
    damage === undefined
      ? 'the next release that is published has a whole one before it; edge releases lists the others'
      : 'publish it again: edge publish FOLDER; edge releases lists the others'
  return broken(seen, `${before.id}: ${damage ?? ofApi}`, next)
}

/** What is not as it was published of the API that belongs to a release. */
async function apiDamage(machine: EdgeMachine, { api }: Release): Promise<string | undefined> {
  const damage = api === undefined ? undefined : await machine.apiDamage(api)
  return damage === undefined ? undefined : `API ${api}: ${damage}`
}

export async function keptAssetsHere(endpoint: OnThisMachine): Promise<Verdict> {
  const { site } = endpoint.machine
  return keptOf(endpoint, await listReleases(site), await liveRelease(site), site)
}

export const keptAssetsOnAws = async (endpoint: OnAws): Promise<Verdict> =>
  keptOf(endpoint, await endpoint.store.releases(), await endpoint.published())

/** Files that pages of earlier releases ask for: some of each release are asked for, and on this disk each is unchanged. */
async function keptOf(
  endpoint: Site,
  releases: readonly Release[],
  live: Pick<Release, 'id' | 'files'> | undefined,
  onThisDisk?: string,
): Promise<Verdict> {
  if (!live) return nothing
  const earlier = releases.filter(({ id }) => id !== live.id)
  if (earlier.length === 0) return notClaimed('there is only one release yet')
  // Over a network a film would take all the time that there is.
  const files = keptFiles(earlier).filter(({ name }) => onThisDisk !== undefined || isPagePart(name))
  if (files.length === 0) return notClaimed('no release before this one has a file with a hash in its name')
  const onDisk =
    onThisDisk === undefined ? [] : await eachAtOnce(files, (file) => problemOnDisk(onThisDisk, file, live))
  const answered = await withSite(endpoint, (client) =>
    eachUntil(performance.now() + asksForMs, someOf(files), (file) => problemOfAnswer(file, client)),
  )
  const seen = measured({
    'earlier releases': earlier.length,
    ...(onThisDisk === undefined ? {} : { 'files compared': onDisk.length }),
    'asked for': answered.length,
  })
  const problem = [...onDisk, ...answered].find((found) => found !== undefined)
  return problem === undefined
    ? kept(seen)
    : broken(seen, problem, 'open tabs of that release reload; edge deploy cdn puts it back from another copy')
}

type KeptFile = { readonly name: string; readonly hash: string; readonly release: string }

/** What open tabs may ask for: each name once, which stands for one content, as a file of the newest release with it. */
const keptFiles = (releases: readonly Release[]): readonly KeptFile[] => [
  ...new Map(releases.flatMap(hashedOf).map((file) => [file.name, file])).values(),
]

const hashedOf = ({ id, files, hashedFolders }: Release): readonly KeptFile[] =>
  Object.entries(files)
    .filter(([name]) => plainName(name) === name && isKept(name, hashedFolders) && isReachable(name))
    .map(([name, hash]) => ({ name, hash, release: id }))

/** Each is compared whole: more of them take time and say nothing new. */
const most = { ofRelease: 10, ofAll: 60 }

function someOf(files: readonly KeptFile[]): readonly KeptFile[] {
  const ofReleases = [...Map.groupBy(files, ({ release }) => release).values()]
  return spread(
    ofReleases.flatMap((of) => of.slice(0, most.ofRelease)),
    most.ofAll,
  )
}

async function problemOnDisk(
  site: string,
  { name, hash, release }: KeptFile,
  live: Pick<Release, 'id' | 'files'>,
): Promise<string | undefined> {
  const { kept: folder, shelf } = layout(site)
  // Served first from the live release, and from the kept files when that has it not.
  const place = live.files[name] === undefined ? join(folder, name) : join(shelf.root(live.id), name)
  const found = await hashOfFile(place).catch(() => undefined)
  if (found === hash) return undefined
  return `${name} of ${release} ${found === undefined ? 'is gone' : 'was changed'}`
}

async function problemOfAnswer({ name, hash, release }: KeptFile, { ask }: SiteClient): Promise<string | undefined> {
  const { status, body } = await ask(urlPath(name), { headers: { 'accept-encoding': 'identity' } })
  const same = hashOf(body) === hash
  if (status === 200 && same) return undefined
  return `${name} of ${release} answers ${status}${same ? '' : ', another file'}`
}
