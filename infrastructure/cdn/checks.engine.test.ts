import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { runCheck } from '../../src/core/verify.ts'
import { checks, fromOutsideOnAws } from './checks.ts'
import { withSite } from './fetch.ts'
import { asOnAws, echo, page, script, verdictsAt, whole } from './proofs/test-checks.ts'
import { TestEdge } from './proofs/test-edge.ts'
import { cdnSettings } from './settings.ts'

const { world } = testWorld()
let edge: TestEdge
afterEach(() => edge.remove())
const verdicts = (...names: (keyof typeof checks)[]) => verdictsAt(edge, ...names)

test('a site with everything keeps everything', async () => {
  edge = await TestEdge.make(whole)
  edge.respond = echo
  const asked = [
    'staticCaching',
    'imageCaching',
    'fontCaching',
    'cacheBusting',
    'compression',
    'apiUncached',
    'errorsUncached',
    'https',
    'certificate',
    'spaRouting',
    'originShield',
    'atomicReleases',
    'securityHeaders',
    'hitRatio',
  ] as const
  expect(await verdicts(...asked)).toEqual(Object.fromEntries(asked.map((name) => [name, 'kept'])))
})

test('a plain page without an API claims what it has, and says what it has not', async () => {
  edge = await TestEdge.make({ 'index.html': page() }, { api: false })
  expect(await verdicts('fontCaching', 'imageCaching', 'apiUncached', 'cacheBusting', 'spaRouting')).toEqual({
    fontCaching: 'notClaimed: the homepage leads to no file of this kind (font)',
    imageCaching: 'notClaimed: the homepage leads to no file of this kind (image)',
    apiUncached: 'notClaimed: this site has no API',
    cacheBusting: 'kept',
    spaRouting: 'kept',
  })
})

test('with one release only, there is nothing to roll back to, and nothing to keep', async () => {
  edge = await TestEdge.make(whole)
  expect(await verdicts('rollback', 'keptAssets')).toEqual({
    rollback: 'notClaimed: there is only one release yet',
    keptAssets: 'notClaimed: there is only one release yet',
  })
  await edge.publish({ 'index.html': page() })
  expect(await verdicts('rollback', 'keptAssets')).toEqual({ rollback: 'kept', keptAssets: 'kept' })
})

describe('files of earlier releases', () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  const shared = 'assets/shared-A1b2C3d4.js'
  const own = Array.from({ length: 100 }, (_, number) => `assets/own${number}-A1b2C3d4.js`)
  /** Of a store that is elsewhere: as many releases as a site has after months, most of which is the same. */
  const judged = async (...names: readonly string[][]) => {
    edge = await TestEdge.make({ ...whole, ...Object.fromEntries([shared, ...own].map((name) => [name, script])) })
    const releases = names.map((files, number) => ({
      id: `release ${number}`,
      fingerprint: '',
      publishedAt: '2026-11-23T12:00:00Z',
      by: 'tester',
      bytes: 1,
      files: Object.fromEntries(files.map((name) => [name, sha256(script)])),
    }))
    const store = { address: edge.apiAddress, releases: async () => releases }
    return runCheck(fromOutsideOnAws.keptAssets, asOnAws(edge, store), world)
  }

  test('are asked for once each, however many releases have them', async () => {
    expect(await judged([shared], [shared], [shared])).toMatchObject({
      is: 'kept',
      evidence: { facts: { 'earlier releases': 3, 'asked for': 1 } },
    })
  })

  test('are asked for by the dozen, however many releases there are', async () => {
    expect(await judged(...own.map((name) => [shared, name]))).toMatchObject({
      is: 'kept',
      evidence: { facts: { 'earlier releases': 100, 'asked for': 60 } },
    })
  })

  test('are missed where one is gone', async () => {
    const gone = 'assets/gone-A1b2C3d4.js'
    expect(await judged([shared], [shared, gone])).toMatchObject({
      is: 'broken',
      because: `${gone} of release 1 answers 404, another file`,
    })
  })
})

test('a file below /api, which nobody can ask for, breaks nothing', async () => {
  edge = await TestEdge.make({ ...whole, 'api/lazy-A1b2C3d4.js': script, 'api/logo.png': 'logo' })
  await edge.publish(whole)
  await edge.publish({ ...whole, 'api/lazy-A1b2C3d4.js': script, 'api/logo.png': 'logo', 'new.txt': 'new' })
  edge.respond = echo
  const asked = ['staticCaching', 'cacheBusting', 'keptAssets', 'hitRatio'] as const
  expect(await verdicts(...asked)).toEqual(Object.fromEntries(asked.map((name) => [name, 'kept'])))
})

test.each([
  ['an inline script', '<script>alert(1)</script>'],
  ['an inline style sheet', '<style>p { margin: 0 }</style>'],
  ['a file from cdn.example.com', '<script src="https://cdn.example.com/lib.js"></script>'],
])('a page with %s is told that its own policy forbids it', async (what, tag) => {
  edge = await TestEdge.make({ 'index.html': page(tag) })
  expect(await verdicts('securityHeaders')).toEqual({
    securityHeaders: `broken: the page has ${what}, which its own policy forbids`,
  })
})

test('a script without a hash in its name, among others that have one, breaks cache busting', async () => {
  const names = ['app.js', 'assets/chunk-3f2c91ab.js']
  edge = await TestEdge.make({
    'index.html': page(names.map((name) => `<script src="/${name}"></script>`).join('')),
    ...Object.fromEntries(names.map((name) => [name, script])),
  })
  expect(await verdicts('cacheBusting')).toEqual({
    cacheBusting: 'broken: /app.js has no content hash in its name',
  })
})

test('a site whose names carry no hash at all claims no cache busting: it is asked for anew at each visit', async () => {
  edge = await TestEdge.make({ 'index.html': page('<script src="/app.js"></script>'), 'app.js': script })
  expect(await verdicts('cacheBusting')).toEqual({
    cacheBusting: expect.stringMatching(/^notClaimed: no file name carries a hash/),
  })
})

test('a script in a folder of hashed files needs no hash in its name, and is compared with what was published', async () => {
  const name = '_next/static/build1/manifest.js'
  edge = await TestEdge.make({ 'index.html': page(`<script src="/${name}"></script>`), [name]: script })
  const judged = async () => {
    const settings = cdnSettings.parse({ cache: { hashedFolders: ['_next/static'] } })
    const verdict = await runCheck(checks.cacheBusting, { ...edge.endpoint, settings }, world)
    return 'because' in verdict ? verdict.because : verdict.is
  }
  expect(await judged()).toBe('kept')
  await edge.removeLive(name)
  // What the caches have of it they may answer for a second.
  await expect.poll(judged).toBe(`${name} is not what was published (status 404)`)
})

test('a file that was missing when it was asked for is served as soon as it is published', async () => {
  edge = await TestEdge.make({ 'index.html': page() })
  const names = ['assets/late-A1b2C3d4.js', 'late.png', 'late.html']
  const statuses = () =>
    withSite(edge.endpoint, (client) => Promise.all(names.map(async (name) => (await client.ask(`/${name}`)).status)))
  expect(await statuses()).toEqual([404, 404, 404])
  await edge.publish({ 'index.html': page(), ...Object.fromEntries(names.map((name) => [name, script])) })
  expect(await statuses()).toEqual([200, 200, 200])
})

test('a file that the page names and that is not there breaks its caching', async () => {
  edge = await TestEdge.make({ 'index.html': page('<img src="/gone.png">') })
  expect(await verdicts('imageCaching')).toEqual({ imageCaching: 'broken: /gone.png answers 404' })
})
describe('of an API', () => {
  test('that sends no request id back, the headers are judged', async () => {
    edge = await TestEdge.make(whole)
    expect(await verdicts('apiUncached')).toEqual({ apiUncached: 'kept' })
  })

  test('that answers from a cache of its own, the promise is broken', async () => {
    edge = await TestEdge.make(whole)
    edge.respond = (_, response) => response.writeHead(200, { age: '12' }).end()
    expect(await verdicts('apiUncached')).toEqual({
      apiUncached: 'broken: an answer of the API came from a cache (Age)',
    })
  })

  test('that is down, the check says so', async () => {
    edge = await TestEdge.make(whole)
    await edge.stopApi()
    expect(await verdicts('apiUncached')).toEqual({ apiUncached: 'broken: /api/health answers 503' })
  })
})

test('a homepage that is gone breaks what depends on it', async () => {
  edge = await TestEdge.make(whole)
  await edge.removeLive('index.html')
  await expect(verdicts('staticCaching')).rejects.toThrow('the homepage answers 404')
})
