import { broken, kept, measured, notClaimed, orNone, type Verdict } from '../../src/core/check.ts'
import { type Duration, seconds, show } from '../../src/core/units.ts'
import { findAssets } from './assets.ts'
import { type AssetClass, classOf, isUnhashedScript } from './classes.ts'
import { type Answer, maxAgeSeconds, type SiteClient, withSite } from './fetch.ts'
import { cdn } from './guarantees.ts'
import { type CdnEndpoint, hashedFoldersAt, ours } from './endpoint.ts'
import { someOf, spread, urlPath, wrongBodies } from './releases/caches.ts'
import { isReachable } from './routing.ts'
import { hashOf } from './releases/tree.ts'

const next = 'edge deploy cdn puts the rendered nginx.conf and the release back'

/** Files of a class beyond those that the homepage leads to, which are given; none where nobody knows of more. */
type More = (endpoint: CdnEndpoint, named: readonly string[]) => Promise<readonly string[]>

const caching =
  (wanted: AssetClass, bound: Duration, also: string, more: More = async () => []) =>
  (endpoint: CdnEndpoint): Promise<Verdict> =>
    withSite(endpoint, async (client) => {
      const named = (await findAssets(client, hashedFoldersAt(endpoint)))[wanted]
      const paths = [...named, ...(await more(endpoint, named))]
      if (paths.length === 0) return notClaimed(`the homepage leads to no file of this kind (${wanted})`)
      const answers = await Promise.all(paths.map((path) => client.ask(path)))
      const worst = answers.toSorted((a, b) => age(a) - age(b))[0]
      const value = worst?.header('cache-control') ?? ''
      const seen = measured({
        'cache-control': value,
        on: paths.length === 1 ? (paths[0] ?? '') : `${paths.length} files`,
      })
      const missing = answers.find(({ status }) => status !== 200)
      if (missing) return broken(seen, `${new URL(missing.url).pathname} answers ${missing.status}`, next)
      if (!worst || age(worst) < seconds(bound)) {
        return broken(
          seen,
          `${worst ? new URL(worst.url).pathname : ''} may be kept for less than ${show(bound)}`,
          next,
        )
      }
      if (also !== '' && !answers.every((answer) => answer.header('cache-control').includes(also))) {
        return broken(seen, `not every one of them is marked ${also}`, next)
      }
      return kept(seen)
    })

/** More of them take time and say nothing new. */
const mostPublished = 12

/** Files of the live release beside those that are named already, spread over its list. */
export async function alsoPublished(
  endpoint: CdnEndpoint,
  isWanted: (name: string) => boolean,
  named: readonly string[],
): Promise<readonly string[]> {
  const paths = Object.keys((await ours(endpoint)?.published())?.files ?? {})
    .filter((name) => isReachable(name) && isWanted(name))
    .map(urlPath)
    .filter((path) => !named.includes(path))
    .toSorted()
  return spread(paths, mostPublished)
}

/**
 * Scripts and style sheets of the live release: those that a route loads later are named by no page, and one location
 * of nginx may send them otherwise than the first ones.
 */
const publishedScripts: More = (endpoint, named) => {
  const isScript = (name: string): boolean =>
    /\.(js|mjs|css)$/.test(name) && classOf(name, hashedFoldersAt(endpoint)) === 'hashed'
  return alsoPublished(endpoint, isScript, named)
}

const age = (answer: { header: (name: string) => string }): number => maxAgeSeconds(answer.header('cache-control'))

export const staticCaching = caching('hashed', cdn.staticCaching.atLeast, 'immutable', publishedScripts)
export const imageCaching = caching('image', cdn.imageCaching.atLeast, '')
export const fontCaching = caching('font', cdn.fontCaching.atLeast, '')

/**
 * The page is asked for anew each time and can be told from the one before; what it leads to has names with a hash; and
 * what is served is, byte for byte, what was published last.
 */
export async function cacheBusting(endpoint: CdnEndpoint): Promise<Verdict> {
  return withSite(endpoint, async (client) => {
    const page = await client.ask('/', { headers: { accept: 'text/html' } })
    const validator = page.header('etag')
    const again = await client.ask('/', { headers: { 'if-none-match': validator } })
    const hashedFolders = hashedFoldersAt(endpoint)
    const assets = await findAssets(client, hashedFolders)
    const unhashed = assets.other.filter(isUnhashedScript)
    const published = await ours(endpoint)?.published()
    const wrong = published ? await firstDifference(client, published.files, hashedFolders) : undefined
    const seen = measured({
      page: `${orNone(page.header('cache-control'))}, ${again.status} when unchanged`,
      'hashed names': assets.hashed.length,
      ...(published ? { serves: published.id } : {}),
    })
    if (page.status !== 200) return broken(seen, `the homepage answers ${page.status}`, next)
    if (maxAgeSeconds(page.header('cache-control')) > 0)
      return broken(seen, 'the homepage may be kept without asking', next)
    if (validator === '' || again.status !== 304)
      return broken(seen, 'the homepage cannot be asked for changes (ETag)', next)
    if (wrong !== undefined) return broken(seen, wrong, next)
    if (unhashed[0] === undefined) return kept(seen)
    const answers = await Promise.all(unhashed.map((path) => client.ask(path)))
    // A page that was written by hand has no names with a hash, and is seen anew at once all the same.
    if (assets.hashed.length === 0 && answers.every(isAskedForAnew))
      return notClaimed('no file name carries a hash; browsers revalidate every file at each visit')
    return broken(seen, `${unhashed[0]} has no content hash in its name`, 'build it with hashed names')
  })
}

/** Whether a browser asks before it uses its copy. Without any word on it, it may guess how long a copy is good. */
const isAskedForAnew = (answer: Answer): boolean =>
  /\b(no-cache|no-store|max-age=0)\b/.test(answer.header('cache-control'))

/** The page, some of the hashed files, and some of all in each encoding, compared with what was published. */
async function firstDifference(
  client: SiteClient,
  files: Readonly<Record<string, string>>,
  hashedFolders: readonly string[],
): Promise<string | undefined> {
  const names = Object.keys(files).filter((name) => isReachable(name) && classOf(name, hashedFolders) === 'hashed')
  const looked = ['index.html', ...names.slice(0, 8)]
  for (const name of looked) {
    const { status, body } = await client.ask(name === 'index.html' ? '/' : `/${name}`)
    if (status !== 200 || hashOf(body) !== files[name]) return `${name} is not what was published (status ${status})`
  }
  const [wrong] = await wrongBodies(client, { files }, someOf({ files }))
  return wrong && `${wrong.name} is not what was published (for ${wrong.encoding || 'no'} encoding)`
}
