import { createHash, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { eachAtOnce } from '../../src/core/at-once.ts'
import { testWorld } from '../../test/world.ts'
import { checks } from './checks.ts'
import { withSite } from './fetch.ts'
import { loadTestAgent, type Respond, TestEdge } from './test-edge.ts'

const { world } = testWorld()
const script = 'const games = 44713\n'.repeat(100)
const page = (...tags: string[]): string => `<!doctype html><title>the app</title>${tags.join('')}<p>${script}</p>`
const whole = {
  'index.html': page(
    '<script src="/assets/app-A1b2C3d4.js"></script>',
    '<link rel="stylesheet" href="/assets/app-E5f6G7h8.css">',
    '<img src="/logo.svg">',
  ),
  'assets/app-A1b2C3d4.js': script,
  'assets/app-E5f6G7h8.css': `@font-face { src: url(../fonts/sans.woff2) } ${'p { margin: 0 }'.repeat(40)}`,
  'fonts/sans.woff2': randomBytes(2000),
  'logo.svg': '<svg/>',
}
const echo: Respond = ({ headers, url }, response) =>
  response
    .writeHead(url === '/api/health' ? 200 : 404, { 'x-request-id': headers['x-request-id'] ?? '' })
    .end('{"own":"words"}')

let edge: TestEdge
afterEach(() => edge.remove())

const verdicts = async (...names: (keyof typeof checks)[]): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(
      names.map(async (name) => {
        const verdict = await checks[name](edge.endpoint, world)
        return [name, 'because' in verdict ? `${verdict.is}: ${verdict.because}` : verdict.is]
      }),
    ),
  )

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
    const { machine: _, ...elsewhere } = edge.endpoint
    const store = { address: edge.apiAddress, releases: async () => releases }
    return checks.keptAssets({ ...elsewhere, store }, world)
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
    cacheBusting: expect.stringMatching(/^notClaimed: no name carries/),
  })
})

test('a script in a folder of hashed files needs no hash in its name, and is compared with what was published', async () => {
  const name = '_next/static/build1/manifest.js'
  edge = await TestEdge.make({ 'index.html': page(`<script src="/${name}"></script>`), [name]: script })
  const judged = async () => {
    const verdict = await checks.cacheBusting({ ...edge.endpoint, hashedFolders: ['_next/static'] }, world)
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

test('an icon that is compressed inside need not be compressed again', async () => {
  const files = { 'index.html': page('<link rel="icon" href="/favicon.ico">'), 'favicon.ico': 'icon' }
  edge = await TestEdge.make(files)
  await edge.publish({ ...files, 'favicon.ico': randomBytes(3000) })
  expect(await verdicts('compression')).toEqual({ compression: 'kept' })
})

const leftAsItIs = (text: string): string =>
  text.replace('gzip_static on;', 'gzip_static off;').replace('brotli_static on;', 'brotli_static off;')

test('a page that CloudFront would not compress is judged by what the site itself says that it compresses', async () => {
  edge = await TestEdge.make({ 'index.html': `<!doctype html>${'a'.repeat(485)}` })
  await edge.edit(leftAsItIs)
  expect(await verdicts('compression')).toEqual({ compression: 'broken: / is not sent as gzip' })
  const { compresses: _, ...elsewhere } = edge.endpoint
  expect(await checks.compression(elsewhere, world)).toEqual({
    is: 'notClaimed',
    because: 'no file here is of a size that is compressed (from 1000 bytes on)',
  })
})

test('a file that is too large to be compressed when it is published breaks nothing', async () => {
  const name = 'assets/app-A1b2C3d4.js'
  const files = { 'index.html': page(`<script src="/${name}"></script>`), [name]: 'x'.repeat(10_000_001) }
  edge = await TestEdge.make(files)
  expect(await verdicts('compression')).toEqual({ compression: 'kept' })
})

describe('the hit ratio', () => {
  const rare = 'assets/rare-A1b2C3d4.js'
  const uncached = (text: string): string =>
    text.replace('location ~ ^/api', `location = /${rare} { proxy_pass http://store; }\n    location ~ ^/api`)
  /** An open tab of the release before may still ask for a file that no page names any more. */
  const withRareFile = async () => {
    edge = await TestEdge.make({ ...whole, [rare]: script })
    edge.respond = echo
  }
  const second = () => Math.floor(Date.now() / 1000)
  const loadTest = (path: string) =>
    withSite(edge.endpoint, async (client) => {
      // The log's times are whole seconds: what is asked for in that of the last change may have been before it.
      const begun = second()
      await expect.poll(second).toBeGreaterThan(begun + 1)
      const ask = () => client.ask(path, { headers: { 'user-agent': loadTestAgent } })
      // One more than is asked for at least: of a cold file, the first is not counted.
      await eachAtOnce(Array.from({ length: 1001 }), ask)
      await expect.poll(async () => (await edge.log()).split(`"${loadTestAgent}"`).length).toBeGreaterThan(1001)
    })

  test('is broken by a file that is loaded later and that no page names', async () => {
    await withRareFile()
    await edge.edit(uncached)
    expect(await verdicts('hitRatio')).toEqual({ hitRatio: 'broken: fewer than 99 %' })
  })

  test('is told of what a load test asked for, since when and how often', async () => {
    await withRareFile()
    await loadTest(`/${rare}`)
    expect(await checks.hitRatio(edge.endpoint, world)).toMatchObject({
      is: 'kept',
      evidence: { facts: { 'load test': expect.stringMatching(/^(100|99)\.\d % of 100[01] requests since 20/) } },
    })
  })

  test('is not told by pictures that a load test gets of the API, which are kept nowhere', async () => {
    await withRareFile()
    edge.respond = (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('a picture')
    await loadTest('/api/avatars/7.png')
    const verdict = await checks.hitRatio(edge.endpoint, world)
    expect(verdict).toMatchObject({ is: 'kept' })
    expect(verdict).not.toHaveProperty(['evidence', 'facts', 'load test'])
  })

  test('is measured without what may be large: a film in a folder of hashed files', async () => {
    edge = await TestEdge.make(
      { ...whole, 'build/film.mp4': 'a film', 'build/later.js': script },
      { hashedFolders: ['build'] },
    )
    expect(await checks.hitRatio(edge.endpoint, world)).toMatchObject({
      is: 'kept',
      evidence: { facts: { files: 5 } },
    })
  })

  test('is broken by what a load test did not get from the cache', async () => {
    await withRareFile()
    await edge.edit(uncached)
    await edge.publish(whole)
    await loadTest(`/${rare}`)
    expect(await verdicts('hitRatio')).toEqual({
      hitRatio: expect.stringMatching(/^broken: fewer than 99 % of what a load test asked for \(0\.0 % of 1000 /),
    })
    // What was asked for before a hand mended nginx.conf says nothing of what it does now.
    await edge.edit((text) => text.replace('proxy_pass http://store;', 'return 404;'))
    expect(await verdicts('hitRatio')).toEqual({ hitRatio: 'kept' })
  })
})

describe('JSON that visitors get of the API', () => {
  const json: Respond = (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ games: [script] }))
  const judged = async (change?: (text: string) => string) => {
    edge = await TestEdge.make(whole)
    edge.respond = json
    if (change) await edge.edit(change)
    const api = { health: '/api/health', journey: ['/', '/api/games'] }
    return checks.compression({ ...edge.endpoint, api }, world)
  }

  test('is compressed', async () => {
    expect(await judged()).toMatchObject({
      is: 'kept',
      evidence: { facts: { 'JSON of the API': '/api/games' } },
    })
  })

  test.each([
    ['gzip', 'gzip on;'],
    ['br', 'brotli on;'],
  ])('is held to %s', async (encoding, line) => {
    const verdict = await judged((text) => text.replace(line, line.replace('on', 'off')))
    expect(verdict).toMatchObject({ is: 'broken', because: `/api/games is not sent as ${encoding}` })
  })

  test('is not judged where another answer may be too short to be compressed', async () => {
    edge = await TestEdge.make(whole)
    edge.respond = ({ headers }, response) => {
      const length = headers['accept-encoding'] === 'identity' ? 400 : 200
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': length })
        .end(JSON.stringify('x'.repeat(length - 2)))
    }
    const api = { health: '/api/health', journey: ['/api/games'] }
    const verdict = await checks.compression({ ...edge.endpoint, api }, world)
    expect(verdict).toMatchObject({ is: 'kept' })
    expect(verdict).not.toHaveProperty(['evidence', 'facts', 'JSON of the API'])
  })
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

describe('an edited nginx.conf', () => {
  const edited = async (name: keyof typeof checks, change: (text: string) => string): Promise<string> => {
    edge = await TestEdge.make(whole)
    edge.respond = echo
    await edge.edit(change)
    return (await verdicts(name))[name] ?? ''
  }
  const plainly = (location: string) => (text: string) =>
    text.replace('server_name redirect;', `server_name redirect;\n    location ${location} { return 200 "plain"; }`)

  test.each([
    ['TLS 1.0 is accepted', 'TLSv1 TLSv1.2 TLSv1.3', 'ALL'],
    ['TLS 1.1 is accepted', 'TLSv1.1 TLSv1.2 TLSv1.3', 'ALL'],
    ['a cipher that hides nothing, or from nobody, is accepted (ECDHE-ECDSA-NULL-SHA)', 'TLSv1.2 TLSv1.3', 'ALL:eNULL'],
    [
      'a cipher that hides nothing, or from nobody, is accepted (AECDH-AES256-SHA)',
      'TLSv1.2 TLSv1.3',
      'AECDH-AES256-SHA:ALL',
    ],
  ])('breaks https: %s', async (because, protocols, ciphers) => {
    const weaken = (text: string): string =>
      text
        .replace(/ssl_protocols [^;]+;/, `ssl_protocols ${protocols};`)
        .replace(/ssl_ciphers [^;]+;/, `ssl_ciphers ${ciphers}:@SECLEVEL=0;`)
    expect(await edited('https', weaken)).toBe(`broken: ${because}`)
  })

  test.each([
    ['/login', '= /login'],
    ['/sports', '/sports'],
    ['/assets/app-A1b2C3d4.js', '/assets/'],
    ['/api/health', '= /api/health'],
  ])('breaks https: %s is answered over plain HTTP', async (path, location) => {
    const because = `a plain GET of ${path} is not redirected for good (301)`
    expect(await edited('https', plainly(location))).toBe(`broken: ${because}`)
  })

  test.each([
    ["an answer of /api/sports was another request's", 'more_set_headers "Cache-Control: no-store";', echo],
    [
      'an answer of /api/sports came from a cache (X-Cache)',
      'more_set_headers "Cache-Control: no-store";',
      (_, response) => response.end('{}'),
    ],
    ['an answer of /api/sports may be kept', 'proxy_cache off; more_set_headers "Cache-Control: max-age=60";', echo],
  ] satisfies [string, string, Respond][])('breaks apiUncached: %s', async (because, headers, respond) => {
    edge = await TestEdge.make(whole)
    edge.respond = respond
    await edge.edit((text) =>
      text
        .replace(
          'upstream api {',
          `proxy_cache_path ${edge.instance.state}/cache/api keys_zone=api:1m;\n  upstream api {`,
        )
        .replace(
          'location ~ ^/api',
          `location = /api/sports {
            proxy_pass http://api; proxy_set_header X-Request-Id $edge_request_id;
            ${headers.includes('proxy_cache') ? '' : 'proxy_cache api;'}
            proxy_cache_valid any 1m; ${headers}
          }
          location ~ ^/api`,
        ),
    )
    const api = { health: '/api/health', journey: ['/', '/api/games', '/api/sports'] }
    expect(await checks.apiUncached({ ...edge.endpoint, api }, world)).toMatchObject({ is: 'broken', because })
  })

  const keeps404 = 'proxy_cache_valid 404 10m; proxy_ignore_headers X-Accel-Expires;'
  test.each([
    ['/assets/gone', 'at the edge', (text) => text.replaceAll('proxy_cache edge;', `proxy_cache edge; ${keeps404}`)],
    ['/assets/gone', 'in the shield', (text) => text.replace('proxy_cache shield;', `proxy_cache shield; ${keeps404}`)],
    ['/assets/gone', 'in both', (text) => text.replace(/(\$store_seconds \{\s+volatile;\s+default) 0;/, '$1 600;')],
    [
      '/api/edge-check',
      'before the API',
      (text) =>
        text.replace('proxy_pass http://api;', 'proxy_pass http://api; proxy_cache edge; proxy_cache_valid 404 10m;'),
    ],
  ] satisfies [string, string, (text: string) => string][])(
    'breaks errorsUncached: the 404 of %s-… is kept %s',
    async (path, _, change) => {
      expect(await edited('errorsUncached', change)).toMatch(
        new RegExp(`^broken: the 404 of ${path}[-0-9a-f]*(\\.\\w+)? came from a cache$`),
      )
    },
  )

  const shielded = (location: string, headers: string) => (text: string) =>
    text.replace(
      'location ~ ^/api',
      `location ${location} { rewrite ^/(login|sports)$ /index.html break; proxy_pass http://shield; ${headers} }
      location ~ ^/api`,
    )

  test.each([
    [
      '/login: the page says nothing of what it may load (Content-Security-Policy)',
      shielded('= /login', 'more_clear_headers Content-Security-Policy;'),
    ],
    [
      '/sports: any other site may show the page in a frame',
      shielded(
        '/sports',
        `more_set_headers "Content-Security-Policy: default-src 'self'"; more_clear_headers X-Frame-Options;`,
      ),
    ],
    [
      "/ is not sent with the configured Content-Security-Policy (default-src 'self'; frame-ancestors 'none')",
      (text) => text.replace(/(Content-Security-Policy: default-src 'self');.*(; frame-ancestors)/g, '$1$2'),
    ],
    [
      '/ is not sent with the configured X-Frame-Options (SAMEORIGIN)',
      (text) => text.replaceAll('X-Frame-Options: DENY', 'X-Frame-Options: SAMEORIGIN'),
    ],
    [
      '/ is not sent with the configured Referrer-Policy (unsafe-url)',
      (text) => text.replace(/Referrer-Policy: [a-z-]+/g, 'Referrer-Policy: unsafe-url'),
    ],
    [
      '/assets/app-A1b2C3d4.js is not sent with the configured Referrer-Policy (none)',
      shielded('^~ /assets/', 'more_clear_headers Referrer-Policy;'),
    ],
    [
      'browsers may guess the type of /assets/app-E5f6G7h8.css (X-Content-Type-Options)',
      shielded('~ css$', 'more_clear_headers X-Content-Type-Options;'),
    ],
  ] satisfies [string, (text: string) => string][])('breaks securityHeaders: %s', async (because, change) => {
    expect(await edited('securityHeaders', change)).toBe(`broken: ${because}`)
  })

  test.each(['lazy-0Aa1Bb2C', 'lazy-9Aa1Bb2C', 'lazy-(1)-A1b2C3d4'])(
    'breaks staticCaching: %s, which no page names, is kept nowhere',
    async (name) => {
      const chunks = Array.from({ length: 10 }, (_, number) => `lazy-${number}Aa1Bb2C`)
      const lazy = [...chunks, 'lazy-(1)-A1b2C3d4'].map((chunk) => [`assets/${chunk}.js`, script])
      edge = await TestEdge.make({ ...whole, ...Object.fromEntries(lazy) })
      edge.respond = echo
      expect(await verdicts('staticCaching')).toEqual({ staticCaching: 'kept' })
      await edge.edit((text) =>
        text.replace('map $uri $class_cache {', `map $uri $class_cache {\n    "/assets/${name}.js" "no-store";`),
      )
      expect(await verdicts('staticCaching')).toEqual({
        staticCaching: `broken: /assets/${encodeURIComponent(name)}.js may be kept for less than 365 days`,
      })
    },
  )

  test('breaks https: browsers are told to stay for a second', async () => {
    const change = (text: string): string => text.replace(/Security: max-age=\d+/, 'Security: max-age=1')
    expect(await edited('https', change)).toBe('broken: browsers stay on HTTPS for 1 s, not for 365 days')
  })
})

test('a homepage that is gone breaks what depends on it', async () => {
  edge = await TestEdge.make(whole)
  await edge.removeLive('index.html')
  await expect(verdicts('staticCaching')).rejects.toThrow('the homepage answers 404')
})
