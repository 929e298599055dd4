import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { OperatorError } from '../../../src/core/errors.ts'
import type { World } from '../../../src/core/world.ts'
import type { NginxSockets } from '../../../src/engines/nginx.ts'
import type { Reachable, SiteClient } from '../fetch.ts'
import { purgeCaches, warm } from './caches.ts'
import { goLive, keepForOpenTabs } from './go-live.ts'
import { damageOf, layout, listReleases, liveRelease, onDisk, recordFlip } from './layout.ts'
import type { Flip, Flipping, Origin, Release } from './release.ts'
import { type Observed, observeFlip, seenIn } from './observe.ts'
import { mendAll } from './mend.ts'
import { refuseUnfoundFiles } from './page-files.ts'
import { prune } from './prune.ts'
import type { Staged } from './stage.ts'
import { stageAgain, stageOnDisk } from './stage-on-disk.ts'
import { type Built, fingerprintOf } from './tree.ts'

/** Where the running edge is asked, and its caches are purged. */
export type Edge = { readonly endpoint: Reachable; readonly sockets: NginxSockets }

export type Steps = {
  readonly staging?: (done: number, of: number) => void
  /** Done when the files are there and before they are shown; when it fails, nothing of the release goes live. */
  readonly beforeLive?: () => Promise<void>
  readonly warming?: (done: number, of: number) => void
  /** Ctrl-C, which ends it for as long as nothing has gone live. */
  readonly signal?: AbortSignal
}

const visibleWithinMs = 5000
/** Its supervisor starts a killed nginx again after a second. */
const restartsWithinMs = 2000

/**
 * Makes a release the live one: warms the caches, flips, purges what is stale, and looks from outside until the new
 * page is seen. Who rolls back is in a hurry: it flips first, and looks and warms afterwards (the caches may know the
 * files still).
 * Where nginx does not run yet, it flips only. Throws OperatorError where the site does not show it.
 */
export async function switchTo(
  site: string,
  release: Release,
  given: Flipping,
  edge: Edge,
  steps: Steps = {},
): Promise<Flip> {
  if (given.how === 'publish') await keepForOpenTabs(site, release)
  if (!(await runs(edge.sockets))) {
    const flip = await goLive(site, release, given)
    // Its caches have what they had when it was killed.
    if (flip.before !== null && (await runsSoon(edge.sockets))) await purgeCaches(site, edge.sockets)
    return flip
  }
  const observed = await whileWatching(site, release, given, edge, steps)
  const flip = { ...observed.done, ...seenIn(observed) }
  await recordFlip(site, flip)
  if (observed.visibleMs === undefined) {
    throw new OperatorError('publish', `${release.id} is live, and the site does not show it`, [
      'edge verify cdn says what is wrong',
      'edge rollback brings the release before back',
    ])
  }
  return flip
}

export type Published =
  /** Whether nginx runs is known of this machine's own. */
  | {
      readonly is: 'unchanged'
      readonly release: Release
      readonly nginxRuns?: boolean
      readonly mended?: readonly string[]
    }
  | { readonly is: 'live'; readonly release: Release; readonly written: Staged['written']; readonly flip: Flip }

/**
 * Publishes a folder, whole: stages it and switches to it. A folder that is live already with the same API, and whole,
 * changes nothing; where a hand has damaged it, the new copy takes the place of the damaged one, and of what earlier
 * releases share with it.
 */
export async function publish(
  built: Built,
  site: string,
  origin: Origin,
  world: Pick<World, 'now' | 'signal' | 'run'>,
  edge: Edge,
  steps: Steps = {},
): Promise<Published> {
  const live = await liveRelease(site)
  const same = live?.fingerprint === fingerprintOf(built.tree) && live.api === origin.api ? live : undefined
  if (same && (await damageOf(site, same)) === undefined) {
    const mended = await mendAll(site, built)
    const nginxRuns = await runs(edge.sockets)
    // The run that made it live may have been killed before this.
    if (nginxRuns) await purgeCaches(site, edge.sockets)
    return { is: 'unchanged', release: same, nginxRuns, ...(mended.length > 0 ? { mended } : {}) }
  }
  await refuseUnfoundFiles(built, await listReleases(site), origin)
  const { release, written } = await stageOnDisk(built, site, origin, world, steps.staging)
  await steps.beforeLive?.().catch(async (error: unknown) => {
    await rm(layout(site).shelf.root(release.id), { recursive: true, force: true })
    throw error
  })
  const how = { how: 'publish', by: origin.by, at: world.now } as const
  const flip = await switchTo(site, release, how, edge, { ...steps, signal: world.signal })
  if (same) {
    await prune(onDisk(site), [same])
    await mendAll(site, built)
  }
  return { is: 'live', release, written, flip }
}

/** Makes the live web a release of its own with another API. */
export async function publishAgain(
  live: Release,
  site: string,
  origin: Origin,
  world: Pick<World, 'now' | 'signal' | 'run'>,
  edge: Edge,
): Promise<void> {
  const release = await stageAgain(live, site, origin, world)
  await switchTo(site, release, { how: 'publish', by: origin.by, at: world.now }, edge)
}

async function whileWatching(
  site: string,
  release: Release,
  given: Flipping,
  edge: Edge,
  steps: Steps,
): Promise<Observed & { readonly done: Flip }> {
  const flip = async (): Promise<Flip> => {
    const happened = await goLive(site, release, given)
    // Where it is being started again; if it is not, the purge says so.
    await runsSoon(edge.sockets)
    await purgeCaches(site, edge.sockets)
    return happened
  }
  const begun = performance.now()
  // Before anything is looked at: only to load what looks takes as long as the flip itself.
  const flipped = given.how === 'rollback' ? await flip() : undefined
  const { withSite } = await import('../fetch.ts')
  return withSite(edge.endpoint, async (client: SiteClient) => {
    if (!flipped) {
      await warm(site, client, release, steps.warming, steps.signal)
      return observeFlip(client, release, flip, visibleWithinMs)
    }
    const observed = await observeFlip(client, release, () => Promise.resolve(flipped), visibleWithinMs, { begun })
    await warm(site, client, release, steps.warming)
    return observed
  })
}

/** The same, of one that may be being started again. */
async function runsSoon(sockets: NginxSockets): Promise<boolean> {
  const until = performance.now() + restartsWithinMs
  while (!(await runs(sockets))) {
    if (performance.now() > until) return false
    await wait(50)
  }
  return true
}

/** Whether nginx runs: its sockets stay behind when it was killed. */
async function runs({ purge }: NginxSockets): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path: purge })
    const answer = (value: boolean) => () => {
      socket.destroy()
      resolve(value)
    }
    socket.once('connect', answer(true))
    socket.once('error', answer(false))
  })
}
