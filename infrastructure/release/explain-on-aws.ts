import { patternOf } from '../cdn/aws/path-patterns.ts'
import { explain as explainPath } from '../cdn/explain.ts'
import type { World } from '../../src/core/world.ts'
import type { Explained } from './published.ts'
import { openFromOutside } from './site-on-aws.ts'

/**
 * CloudFront keeps no page: each request asks the store whether it is still the same. Its function decides by the name
 * alone: it cannot look into the store.
 */
const sees = { pageSeconds: 0, files: false }

/** What CloudFront does with a path. `isOurs` throws where a whole address is of another site. */
export async function explainOnAws(
  path: string,
  isOurs: (addresses: readonly [string, ...string[]]) => void,
  world: World,
  options: Readonly<Record<string, unknown>>,
): Promise<Explained> {
  const { address, configuration, site } = await openFromOutside(world, options)
  const { store, endpoint } = site
  const { cdn } = configuration
  const hasApi = configuration.site.api !== undefined
  try {
    isOurs([address, endpoint.https])
    const [live, releases, served] = await Promise.all([store.live(), store.releases(), store.served()])
    const published = { live, releases, isThere: (name: string) => Promise.resolve(served.has(name)) }
    const explanation = await explainPath(path, cdn, published, hasApi, sees)
    return { explanation: { ...explanation, pathPattern: patternOf(path, cdn, hasApi) }, endpoint }
  } finally {
    store.close()
  }
}
