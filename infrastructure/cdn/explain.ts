import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { seconds } from '../../src/core/units.ts'
import { type AssetClass, classOf, isCompressible, mayBeKept } from './classes.ts'
import { layout, listReleases, liveRelease } from './releases/layout.ts'
import type { Release } from './releases/release.ts'
import { cacheControlOf, pageSeconds } from './render-maps.ts'
import { fileFor, hiddenName, isOfApi, isRoute } from './routing.ts'
import type { CdnSettings } from './settings.ts'

/** What becomes of a request for a path, and why. */
export type Explanation = {
  /** The path without its query, which changes nothing about a file. */
  readonly path: string
  readonly behaviour: Behaviour
  /** On CloudFront: whose behaviour it meets, by the path as it was asked for. */
  readonly pathPattern?: string
  readonly why: string
  /** How a browser may keep the answer. */
  readonly cacheControl: string
  /** How long each cache keeps it, in seconds; 0 where none does. */
  readonly edgeSeconds: number
  /** Under which keys the caches keep it, one for each encoding. */
  readonly cacheKeys: readonly string[]
  /** The file that is sent, of which class, and from which releases. */
  readonly file?: { readonly name: string; readonly class: AssetClass; readonly releases: readonly string[] }
}
type Behaviour = 'api' | 'hidden' | 'file' | 'kept file' | 'app page' | 'missing'

export type Published = {
  readonly live: Release | undefined
  /** All of them, the oldest first. */
  readonly releases: readonly Release[]
  /** Whether a file lies among those that open tabs still find. */
  readonly isThere: (name: string) => Promise<boolean>
}

/** What was published below `site`. */
export async function publishedAt(site: string): Promise<Published> {
  const [live, releases] = await Promise.all([liveRelease(site), listReleases(site)])
  const isThere = (name: string): Promise<boolean> =>
    stat(join(layout(site).kept, name)).then(
      (info) => info.isFile(),
      () => false,
    )
  return { live, releases, isThere }
}

/** Explains a path of the site, as whoever asks for it that wants a page. */
export async function explain(
  path: string,
  { cache, pages, fileTypes }: Pick<CdnSettings, 'cache' | 'pages' | 'fileTypes'>,
  published: Published,
  hasApi: boolean,
  /** How long a cache keeps a page, in seconds; and whether the edge sees which files there are before it decides. */
  sees: { readonly pageSeconds: number; readonly files: boolean } = { pageSeconds, files: true },
): Promise<Explanation> {
  const error = { path, cacheControl: 'no-store', edgeSeconds: 0, cacheKeys: [] } as const
  // Judged as nginx judges it: `/%2Eenv` is `/.env`.
  const asked = decoded(path)
  if (isOfApi(asked)) {
    if (!hasApi) return { ...error, behaviour: 'missing', why: 'this site has no API: 404' }
    const release = published.live?.api
    const api = release === undefined ? 'the API' : `the API (release ${release})`
    return { ...error, behaviour: 'api', why: `everything below /api goes to ${api}, and none of it is kept` }
  }
  if (new RegExp(hiddenName).test(asked)) {
    return { ...error, behaviour: 'hidden', why: 'names that begin with a dot are never sent: 404' }
  }
  const wanted = fileFor(asked, pages)
  const name = wanted.slice(1)
  const { live } = published
  const ages = { hashed: cache.hashedAssets, image: cache.images, font: cache.fonts }
  const asFile = (behaviour: Behaviour, file: string, releases: readonly string[], why: string): Explanation => {
    const kind = classOf(file, cache.hashedFolders)
    const age = kind === 'other' ? undefined : ages[kind]
    return {
      path,
      behaviour,
      why,
      cacheControl: cacheControlOf(file, { cache }),
      edgeSeconds: age === undefined ? sees.pageSeconds : seconds(age),
      cacheKeys: (isCompressible(file) ? ['br', 'gzip', ''] : ['']).map((encoding) => `/${file}|${encoding}`),
      file: { name: file, class: kind, releases },
    }
  }
  const naming = published.releases.filter(({ files }) => files[name] !== undefined).map(({ id }) => id)
  const isOfApp = pages === 'app' && wanted === asked && isRoute(asked, fileTypes)
  const appPage = (release: Release): Explanation => {
    const why = 'it names no known type of file, so whoever asks gets the app; a part of a page and JSON are 404'
    return asFile('app page', 'index.html', [release.id], why)
  }
  if (live && isOfApp && !sees.files) return appPage(live)
  if (live?.files[name] !== undefined) {
    return asFile('file', name, naming, `${live.id} is live and has it`)
  }
  if (mayBeKept(wanted, cache.hashedFolders) && (await published.isThere(name))) {
    return asFile('kept file', name, naming, 'an earlier release has it, and open tabs of that one ask for it')
  }
  if (live && isOfApp) return appPage(live)
  return {
    ...error,
    behaviour: 'missing',
    why: live ? `no release has the file ${name}: 404` : 'nothing was published yet',
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
