import { explain as explainPath } from '../../../infrastructure/cdn/explain.ts'
import { patternOf } from '../../../infrastructure/cdn/aws/path-patterns.ts'
import { words } from '../words.ts'
import { pathOf, requireOfSite, showExplanation } from '../explain.ts'
import type { VerbRun } from '../verb.ts'
import { openFromOutside } from '../site-on-aws.ts'

/**
 * CloudFront keeps no page: each request asks the store whether it is still the same. Its function decides by the name
 * alone: it cannot look into the store.
 */
const sees = { pageSeconds: 0, files: false }

/** `edge explain` for the site on AWS. */
export const explain: VerbRun = async (world, positional, options) => {
  const [given = ''] = words(positional)
  const path = pathOf(given)
  const opened = await openFromOutside(world, options)
  const { store, endpoint } = opened.site
  const { cdn, site } = opened.configuration
  try {
    requireOfSite(given, [opened.address, endpoint.https])
    const [live, releases, served] = await Promise.all([store.live(), store.releases(), store.served()])
    const published = { live, releases, isThere: (name: string) => Promise.resolve(served.has(name)) }
    const explanation = await explainPath(path, cdn, published, site.api !== undefined, sees)
    const pathPattern = patternOf(path, cdn, site.api !== undefined)
    return await showExplanation({ ...explanation, pathPattern }, endpoint, world, options)
  } finally {
    store.close()
  }
}
