import { stat } from 'node:fs/promises'
import { broken, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { eachUntil } from '../../src/core/at-once.ts'
import { magnitude, show } from '../../src/core/units.ts'
import { findAssets } from './assets.ts'
import { alsoPublished } from './check-caching.ts'
import { classOf, isPagePart } from './classes.ts'
import { asksForMs, type SiteClient, withSite } from './fetch.ts'
import { cdn } from './guarantees.ts'
import { type CdnEndpoint, hashedFoldersAt, type OnThisMachine } from './endpoint.ts'
import { logLines } from './machine.ts'
import { flips } from './releases/layout.ts'
import { isOfApi } from './routing.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf back'
/** Fewer say too little: one request for what is cold would weigh as much as a fault. */
const requests = 1000

const percentOf = (hits: number, of: number): number => (hits / of) * 100
const isEnough = (percent: number): boolean => percent >= magnitude(cdn.hitRatio.atLeast)

/**
 * Loads the site's files as many visitors would, and counts what the cache says of each (X-Cache); and on this machine,
 * where a load test asked for enough of them, what nginx's log says of those.
 */
export async function hitRatio(endpoint: CdnEndpoint): Promise<Verdict> {
  return withSite(endpoint, async (client) => {
    const files = await agedFiles(client, endpoint)
    if (files.length === 0) return notClaimed('the homepage leads to no file that may be kept')
    // A site that is far away answers fewer in that time, and those are judged.
    const until = performance.now() + asksForMs
    // Whoever comes first has what is cold fetched, once; one that says nothing of its cache is asked no more than that.
    const first = await eachUntil(until, files, (path) => visit(client, path))
    if (first.every(({ cache }) => cache === ''))
      return notClaimed('this site does not say what its cache does (X-Cache)')
    const visits = Array.from({ length: Math.ceil(requests / files.length) }, () => files).flat()
    const answers = await eachUntil(until, visits, (path) => visit(client, path))
    if (answers.length === 0)
      return notClaimed(`within ${asksForMs / 1000} s nothing is answered twice: the site is slow from here`)
    const hits = answers.filter(isHit).length
    const percent = percentOf(hits, answers.length)
    const loadTest = endpoint.on === 'this machine' ? await ofLoadTest(endpoint) : undefined
    const seen = measured({
      files: files.length,
      requests: answers.length,
      hits,
      ratio: `${percent.toFixed(1)} %`,
      ...(loadTest ? { 'load test': loadTest.says } : {}),
    })
    const failed = [...first, ...answers].find(({ status }) => status !== 200)
    if (failed) return broken(seen, `a file answers ${failed.status}`, 'edge logs nginx')
    const bound = show(cdn.hitRatio.atLeast)
    if (!isEnough(percent)) return broken(seen, `fewer than ${bound}`, next)
    if (loadTest && !isEnough(loadTest.percent))
      return broken(seen, `fewer than ${bound} of what a load test asked for (${loadTest.says})`, nextAfterLoad)
    return kept(seen)
  })
}

const nextAfterLoad = 'edge logs nginx: what was a Miss? is cdn.cache.size large enough? Then edge load-test load'

/** What the homepage leads to, and some of the rest of the live release: a location of nginx may keep one and not another. */
async function agedFiles(client: SiteClient, endpoint: CdnEndpoint): Promise<readonly string[]> {
  const hashedFolders = hashedFoldersAt(endpoint)
  const { hashed, image, font } = await findAssets(client, hashedFolders)
  const isAged = (name: string): boolean => isPagePart(name) && classOf(name, hashedFolders) !== 'other'
  const named = [...hashed, ...image, ...font].filter(isAged)
  return [...named, ...(await alsoPublished(endpoint, isAged, named))]
}

type Visit = { readonly status: number; readonly cache: string }

async function visit(client: SiteClient, path: string): Promise<Visit> {
  const answer = await client.ask(path, { headers: { 'accept-encoding': 'br, gzip' } })
  return { status: answer.status, cache: answer.header('x-cache').toLowerCase() }
}

/** CloudFront's words: "Hit from cloudfront", "RefreshHit from cloudfront". */
const isHit = ({ cache }: Visit): boolean => /^(refresh)?hit\b/.test(cache)

/**
 * What the caches did with what load tests asked for of them, as far as the log still has it: since nginx was configured
 * as it is, and since the last release purged what it changed. Undefined where that is too little to judge by. Other
 * visitors are not counted: whoever asks for a thousand pictures, each once, finds no fault in a cache.
 */
async function ofLoadTest(
  endpoint: OnThisMachine,
): Promise<{ readonly percent: number; readonly says: string } | undefined> {
  const { site, configuration, loadTestAgent, logs } = endpoint.machine
  const hashedFolders = hashedFoldersAt(endpoint)
  const [{ mtimeMs: configured }, history] = await Promise.all([stat(configuration), flips(site)])
  // The log's times are whole seconds.
  const since = Math.max(configured, Date.parse(history.at(-1)?.at ?? '') || 0) + 1000
  const lines = (await logLines(logs, `"cs(User-Agent)":"${loadTestAgent}"`, Infinity)).filter(
    ({ tier, path, result, time }) =>
      tier === 'edge' &&
      time >= since &&
      // Errors and redirects are no files; what became of those is for other checks.
      /^(Hit|RefreshHit|Miss)$/.test(result) &&
      // Its answers are kept nowhere, also where their names are those of pictures.
      !isOfApi(path) &&
      classOf(path, hashedFolders) !== 'other',
  )
  const misses = lines.filter(({ result }) => result === 'Miss')
  // Whoever comes first has a cold one fetched: that is no fault.
  const counted = lines.length - new Set(misses.map(({ path, encoding }) => `${path}|${encoding}`)).size
  if (counted < requests) return undefined
  const percent = percentOf(lines.length - misses.length, counted)
  const begun = new Date(lines.reduce((first, { time }) => Math.min(first, time), Infinity)).toISOString()
  return { percent, says: `${percent.toFixed(1)} % of ${counted} requests since ${begun}` }
}
