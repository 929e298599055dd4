import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { magnitude, show } from '../../src/core/units.ts'
import { findAssets } from './assets.ts'
import { withSite } from './fetch.ts'
import { cdn } from './guarantees.ts'
import type { CdnEndpoint } from './local.ts'
import { eachAtOnce } from '../../src/core/at-once.ts'

/** Enough that what is cold at first weighs less than the promise. */
const requests = 1000
/** A site that is far away answers fewer in that time, and those are judged; the check itself has to end. */
const asksForMs = 10_000

/** Loads the page's files as many new visitors would, and counts what the cache says of each (X-Cache). */
export async function hitRatio(endpoint: CdnEndpoint): Promise<Verdict> {
  return withSite(endpoint, async (client) => {
    const { hashed, image, font } = await findAssets(client, endpoint.hashedFolders)
    const files = [...hashed, ...image, ...font]
    if (files.length === 0) return notClaimed('the homepage leads to no file that may be kept')
    // One that says nothing of its cache is not loaded with a thousand requests for it.
    if ((await client.ask(files[0] ?? '/')).header('x-cache') === '')
      return notClaimed('this site does not say what its cache does (X-Cache)')
    const visits = Array.from({ length: Math.ceil(requests / files.length) }, () => files).flat()
    const until = performance.now() + asksForMs
    const asked = await eachAtOnce(visits, async (path) => {
      if (performance.now() > until) return undefined
      const answer = await client.ask(path, { headers: { 'accept-encoding': 'br, gzip' } })
      return { status: answer.status, cache: answer.header('x-cache').toLowerCase() }
    })
    const answers = asked.filter((answer) => answer !== undefined)
    // CloudFront's words: "Hit from cloudfront", "RefreshHit from cloudfront".
    const hits = answers.filter(({ cache }) => /^(refresh)?hit\b/.test(cache)).length
    const percent = (hits / answers.length) * 100
    const seen = measured({ requests: answers.length, hits, ratio: `${percent.toFixed(1)} %` })
    const failed = answers.find(({ status }) => status !== 200)
    if (failed) return broken(seen, `a file answers ${failed.status}`, 'edge logs nginx')
    if (percent >= magnitude(cdn.hitRatio.atLeast)) return kept(seen)
    return broken(seen, `fewer than ${show(cdn.hitRatio.atLeast)}`, 'edge deploy cdn puts the rendered nginx.conf back')
  })
}
