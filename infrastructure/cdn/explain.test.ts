import { describe, expect, it } from 'vitest'
import { explain, type Published } from './explain.ts'
import type { Release } from './releases/release.ts'
import { pageStyles } from './routing.ts'
import { cdnSettings } from './settings.ts'
import { exampleHashedFolder, examplePages } from './proofs/example-pages.ts'
import { spaCases } from './spa-cases.ts'

const release = (id: string, ...names: readonly string[]): Release => ({
  id,
  fingerprint: id,
  publishedAt: '2026-11-23T12:00:00Z',
  by: 'tester',
  bytes: 1,
  files: Object.fromEntries(names.map((name) => [name, 'hash'])),
})
const before = release('one', 'index.html', 'assets/app-A1b2C3d4.js')
const live = release('two', 'index.html', 'assets/app-E5f6G7h8.js', 'logo.png', 'robots.txt', 'a b.txt', 'items/1.1')
const ofManyPages = release('three', 'index.html', 'about.html', 'docs/index.html')
const published: Published = {
  live,
  releases: [before, live],
  isThere: async (name) => [before, live].some(({ files }) => files[name] !== undefined),
}
const of = (path: string, hasApi = true) => explain(path, cdnSettings.parse({}), published, hasApi)
const ofPages = (path: string, pages: 'folders' | 'files') =>
  explain(path, cdnSettings.parse({ pages }), { ...published, live: ofManyPages }, true)

describe('a path is explained', () => {
  it.each([
    ['/api/games', 'api', 'no-store', 0],
    ['/apiary', 'app page', 'no-cache', 1],
    ['/', 'file', 'no-cache', 1],
    ['/robots.txt', 'file', 'no-cache', 1],
    ['/a%20b.txt', 'file', 'no-cache', 1],
    ['/logo.png', 'file', 'public, max-age=604800', 604_800],
    ['/assets/app-E5f6G7h8.js', 'file', 'public, max-age=31536000, immutable', 31_536_000],
    ['/assets/app-A1b2C3d4.js', 'kept file', 'public, max-age=31536000, immutable', 31_536_000],
    ['/assets/app-I9j0K1l2.js', 'missing', 'no-store', 0],
    ['/.env', 'hidden', 'no-store', 0],
    ['/%2Eenv', 'hidden', 'no-store', 0],
    ['/%zz.txt', 'missing', 'no-store', 0],
    ['/sports/nba', 'app page', 'no-cache', 1],
    ['/users/jane.doe', 'app page', 'no-cache', 1],
    ['/docs/v2.0', 'app page', 'no-cache', 1],
    ['/items/1.1', 'file', 'no-cache', 1],
    ['/gone.JSON', 'missing', 'no-store', 0],
    ['/.well-known/gone', 'missing', 'no-store', 0],
  ])('%s as %s', async (path, behaviour, cacheControl, edgeSeconds) => {
    expect(await of(path)).toMatchObject({ behaviour, cacheControl, edgeSeconds })
  })

  // The table that nginx, CloudFront's function and the check are held to; of what wants a page.
  it.each(pageStyles)('as it is sent, whatever is asked for, of %s', async (style) => {
    const site = release('one', ...examplePages)
    const settings = cdnSettings.parse({ pages: style, cache: { hashedFolders: [exampleHashedFolder] } })
    const cases = spaCases(style, examplePages).filter(
      ({ method, name, headers }) =>
        method === 'GET' && !name.startsWith('a deep link') && headers['sec-fetch-dest'] !== 'image',
    )
    const differs: unknown[] = []
    for (const { path, answer } of cases) {
      const alone = { live: site, releases: [site], isThere: () => Promise.resolve(false) }
      const { behaviour, file } = await explain(path.replace(/\?.*/, ''), settings, alone, false)
      const sent = behaviour === 'file' || behaviour === 'app page' ? file?.name : undefined
      if (sent !== (typeof answer === 'object' ? answer.page : undefined)) differs.push([path, answer, behaviour, sent])
    }
    expect(cases.length).toBeGreaterThan(30)
    expect(differs).toEqual([])
  })

  it('with the releases that have it', async () => {
    expect((await of('/assets/app-A1b2C3d4.js')).file?.releases).toEqual(['one'])
    expect((await of('/')).file?.releases).toEqual(['one', 'two'])
  })

  it('with a key for each encoding that it is kept in', async () => {
    expect((await of('/sports/nba')).cacheKeys).toEqual(['/index.html|br', '/index.html|gzip', '/index.html|'])
    expect((await of('/logo.png')).cacheKeys).toEqual(['/logo.png|'])
  })

  it.each([
    ['folders', '/', 'index.html'],
    ['folders', '/docs', 'docs/index.html'],
    ['folders', '/docs/', 'docs/index.html'],
    ['files', '/', 'index.html'],
    ['files', '/about', 'about.html'],
    ['files', '/docs/', 'docs/index.html'],
  ] as const)('of many pages in %s: %s as %s, under the key of that file', async (pages, path, name) => {
    const { behaviour, file, cacheKeys } = await ofPages(path, pages)
    expect([behaviour, file?.name, cacheKeys[0]]).toEqual(['file', name, `/${name}|br`])
  })

  it.each([
    ['folders', '/about'],
    ['files', '/docs'],
  ] as const)('of many pages in %s: %s, which has none, as missing', async (pages, path) => {
    expect((await ofPages(path, pages)).behaviour).toBe('missing')
  })

  it('as the app’s page where the edge cannot see that there is such a file', async () => {
    const seen = await explain('/items/1.1', cdnSettings.parse({}), published, true, { pageSeconds: 0, files: false })
    expect(seen.behaviour).toBe('app page')
  })

  it('as a file where the configuration says that its type is one', async () => {
    const settings = cdnSettings.parse({ fileTypes: ['doe'] })
    expect((await explain('/users/jane.doe', settings, published, true)).behaviour).toBe('missing')
  })

  it('as missing where there is no API', async () => {
    expect(await of('/api/games', false)).toMatchObject({ behaviour: 'missing' })
  })
})
