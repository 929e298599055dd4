import { expiredOnAws, pruneOnAws } from '../../../infrastructure/cdn/aws/prune.ts'
import { operatorName } from '../../../infrastructure/cdn/releases/origin.ts'
import { unknown } from '../components.ts'
import { words } from '../words.ts'
import { pruneAfterAsking, showReleases } from '../releases.ts'
import type { VerbRun } from '../verb.ts'
import { openSite } from '../site-on-aws.ts'

/** Lists what was published, or prunes it. */
export const releases: VerbRun = async (world, positional, options) => {
  const [verb] = words(positional)
  if (verb !== undefined && verb !== 'prune') throw unknown('releases', verb, ['prune'])
  const { site, configuration } = await openSite(world, options)
  const { store } = site
  try {
    if (verb === 'prune') {
      return await store.whileLocked('releases prune', operatorName(world), world.now, async () => {
        const gone = await expiredOnAws(store, configuration.cdn.releases, world.now())
        const remove = (): Promise<number> => pruneOnAws(store, gone)
        return pruneAfterAsking({ gone, below: `s3://${store.bucket}`, remove }, world, options)
      })
    }
    const [all, live, history] = await Promise.all([store.releases(), store.live(), store.flips()])
    return showReleases({ all, live, history }, world, options)
  } finally {
    store.close()
  }
}
