import { operatorName } from '../cdn/releases/origin.ts'
import { prune } from '../cdn/releases/prune.ts'
import type { World } from '../../src/core/world.ts'
import type { Releases } from './published.ts'
import { openSite } from './site-on-aws.ts'

/** The releases in the bucket of a site. */
export async function releasesOnAws(world: World, options: Readonly<Record<string, unknown>>): Promise<Releases> {
  const { site, configuration } = await openSite(world, options)
  const { store } = site
  return {
    store,
    retention: configuration.cdn.releases,
    below: `s3://${store.bucket}`,
    whileHeld: (held, work) => store.whileLocked('releases prune', operatorName(held), held.now, work),
    prune: (gone) => prune(store, gone),
    close: () => store.close(),
  }
}
