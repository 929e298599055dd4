import type { Step } from '../../src/core/plan.ts'
import type { World } from '../../src/core/world.ts'
import { readText, writeAtomically } from '../../src/targets/local/files.ts'
import { layout, liveRelease, servedRelease } from './releases/layout.ts'
import type { Release } from './releases/release.ts'
import { type Damage, damageToMend, mend } from './releases/mend.ts'
import { commitOf, operatorName } from './releases/origin.ts'
import { type Edge, publish, publishAgain } from './releases/publish.ts'
import { uncompressedOf } from './releases/stage-on-disk.ts'
import { type Built, fingerprintOf, readTree } from './releases/tree.ts'
import type { CdnNeeds } from './needs.ts'
import type { CdnSettings } from './settings.ts'

/** What has to be done with the releases, and why. */
type Due =
  | { readonly is: 'nothing' }
  | { readonly is: 'to publish'; readonly built: Built; readonly because: string }
  | { readonly is: 'to publish again'; readonly live: Release; readonly because: string }
  | { readonly is: 'to mend'; readonly damage: Damage; readonly because: string }

/**
 * Publishes what the configuration builds, when that is another than the last time: a rollback stays, and so does what
 * was published from elsewhere. What a hand has damaged of the live release is put back from another copy; where there is
 * none, what is live stays: the rest of it is served, and the checks say what is lost. Where the API that runs is no more
 * that of the live release, the web that is live becomes a release with that one.
 */
export function releaseStep(app: CdnNeeds['app'], site: string, settings: CdnSettings, edge: Edge): Step {
  return {
    kind: 'step',
    name: 'release',
    // Whoever deploys the app alone has its API replaced, and a release is both; nginx stands on it, and brings it, too.
    component: 'app',
    title: 'release',
    after: app.static.after,
    observe: async () => {
      const due = await whatIsDue(app, site, settings)
      return due.is === 'nothing' ? 'done' : { missing: due.because }
    },
    ensure: async (world) => {
      const due = await whatIsDue(app, site, settings)
      await doIt(due, app, site, settings, edge, world)
      // A release that is whole again may be of another API than runs.
      if (due.is === 'to mend') await doIt(await whatIsDue(app, site, settings), app, site, settings, edge, world)
    },
    detail: async () => {
      const live = await liveRelease(site)
      if (!live) return ''
      return `${live.id} live, ${Object.keys(live.files).length} files${live.api === undefined ? '' : `, API ${live.api}`}`
    },
  }
}

async function whatIsDue(
  { api, static: { directory: folder } }: CdnNeeds['app'],
  site: string,
  { releases }: CdnSettings,
): Promise<Due> {
  const [live, tree] = [await liveRelease(site), await readTree(folder, releases)]
  const built = { folder, tree }
  const configured = (await readText(layout(site).configured)) ?? live?.fingerprint
  if (!live) {
    const served = await servedRelease(site)
    // Its list is damaged, and it is no build of the configuration: that would be another site in its place.
    const isAnother = served !== undefined && !served.endsWith(fingerprintOf(tree).slice(0, 8))
    if (isAnother && configured === fingerprintOf(tree)) return { is: 'nothing' }
    return {
      is: 'to publish',
      built,
      because: served === undefined ? 'nothing was published yet' : 'its list is damaged',
    }
  }
  if (configured !== fingerprintOf(tree))
    return { is: 'to publish', built, because: `${live.id} is not what was built` }
  const damage = await damageToMend(site, live, built)
  const [[damaged], [lost]] = [damage.repairs, damage.lost]
  if (damaged) return { is: 'to mend', damage, because: `${damaged.name} is not as it was published in ${live.id}` }
  if (lost !== undefined) {
    // Of a build that is not here, nothing can be made: another one in its place would be what nobody asked for.
    if (live.fingerprint !== fingerprintOf(tree)) return { is: 'nothing' }
    return { is: 'to publish', built, because: `${live.id}: ${lost} is not as it was published` }
  }
  const plain = await uncompressedOf(site, live)
  if (plain !== undefined) return { is: 'to publish again', live, because: `${live.id}: ${plain} is not compressed` }
  if (live.api === api?.release) return { is: 'nothing' }
  const because = `the configuration's own API changed, and takes the place of the published ${live.api}`
  return { is: 'to publish again', live, because }
}

async function doIt(
  due: Due,
  { api, static: { builtFrom } }: CdnNeeds['app'],
  site: string,
  { cache: { hashedFolders } }: CdnSettings,
  edge: Edge,
  world: World,
): Promise<void> {
  const origin = { by: operatorName(world), api: api?.release, hashedFolders }
  switch (due.is) {
    case 'nothing':
      return
    case 'to mend':
      return mend(site, due.damage)
    case 'to publish again':
      return publishAgain(due.live, site, { ...origin, commit: due.live.commit }, world, edge)
    case 'to publish': {
      // What edge builds lies in its state, of which git knows nothing.
      const commit = await commitOf(builtFrom ?? due.built.folder, world)
      const { release } = await publish(due.built, site, { ...origin, commit }, world, edge)
      await writeAtomically(layout(site).configured, release.fingerprint)
    }
  }
}
