import { expiredOnAws, pruneOnAws } from '../cdn/aws/prune.ts'
import { operatorName } from '../cdn/releases/origin.ts'
import type { World } from '../../src/core/world.ts'
import type { Releases } from './published.ts'
import { openSite } from './site-on-aws.ts'

/** The releases in the bucket of a site. */
export async function releasesOnAws(world: World, options: Readonly<Record<string, unknown>>): Promise<Releases> {
  const { site, configuration } = await openSite(world, options)
  const { store } = site
  return {
    list: async () => {
      const [all, live, history] = await Promise.all([store.releases(), store.live(), store.flips()])
      return { all, live, history }
    },
    whileHeld: (held, work) => store.whileLocked('releases prune', operatorName(held), held.now, work),
    expired: async (now) => {
      const gone = await expiredOnAws(store, configuration.cdn.releases, now)
      return { gone, below: `s3://${store.bucket}`, remove: () => pruneOnAws(store, gone) }
    },
    close: () => store.close(),
  }
}
