import type { Say } from '../../../src/core/staged.ts'
import type { Published } from '../releases/publish.ts'
import { refuseUnfoundFiles } from '../releases/page-files.ts'
import type { Origin, Release } from '../releases/release.ts'
import { type Built, fingerprintOf } from '../releases/tree.ts'
import type { CdnSettings } from '../settings.ts'
import type { Clock } from './invalidate.ts'
import { keys } from './site-store.ts'
import { agesOf, stageInBucket } from './stage-in-bucket.ts'
import { type AwsSite, switchOnAws } from './switch.ts'

/**
 * Publishes a built folder: stages it, and has it copied to where visitors ask when all is there; the page comes last. Killed
 * before that, the release before is served whole.
 */
export async function publishToAws(
  built: Built,
  site: AwsSite,
  settings: CdnSettings,
  origin: Origin,
  world: Clock,
  progress: Say,
): Promise<Published> {
  const { store } = site
  const found = await store.look()
  const { live, served, cutOff } = found
  const isWhole = cutOff === undefined && live !== undefined && !isMissing(live, served)
  const isSame = live?.fingerprint === fingerprintOf(built.tree) && live.ages === agesOf(settings)
  if (isWhole && isSame) return { is: 'unchanged', release: live }
  await refuseUnfoundFiles(built, found.releases, origin)
  const { release, written } = await stageInBucket(built, store, found, settings, origin, world, progress)
  await store.putJson(keys.manifest(release.id), release)
  const flip = await switchOnAws(site, release, { how: 'publish', by: origin.by }, world)
  return { is: 'live', release, written, flip }
}

const isMissing = (release: Release, served: ReadonlySet<string>): boolean =>
  Object.keys(release.files).some((name) => !served.has(name))
