import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { runCheck } from '../../src/core/verify.ts'
import { checks } from './checks.ts'
import { echo, page, script, verdictsAt, whole } from './proofs/test-checks.ts'
import { type Respond, TestEdge } from './proofs/test-edge.ts'
import { publishNow } from './proofs/test-publish.ts'

const { world } = testWorld()
let edge: TestEdge
afterEach(() => edge.remove())
const verdicts = (...names: (keyof typeof checks)[]) => verdictsAt(edge, ...names)

test('a release whose page names a file that no release has is gone back from, and mended by no copy', async () => {
  edge = await TestEdge.make(whole)
  const { 'assets/app-A1b2C3d4.js': _, ...halved } = whole
  await edge.build({ ...halved, 'index.html': page('<script src="/assets/app-B1b2C3d4.js"></script>') })
  // As an earlier version published it, which refused nothing.
  await publishNow(edge.built, edge.site)
  expect(await runCheck(checks.atomicReleases, edge.endpoint, world)).toMatchObject({
    is: 'broken',
    because: expect.stringMatching(/^\S+: index\.html names \/assets\/app-B1b2C3d4\.js, which no release has$/),
    next: expect.stringContaining('edge rollback'),
  })
})

describe('an edited nginx.conf', () => {
  const edited = async (name: keyof typeof checks, change: (text: string) => string): Promise<string> => {
    edge = await TestEdge.make(whole, { journey: ['/login', '/sports'] })
    edge.respond = echo
    await edge.edit(change)
    return (await verdicts(name))[name] ?? ''
  }
  const plainly = (location: string) => (text: string) =>
    text.replace('server_name redirect;', `server_name redirect;\n    location ${location} { return 200 "plain"; }`)

  test.each([
    ['TLS 1.0 is accepted', 'TLSv1 TLSv1.2 TLSv1.3', 'ALL'],
    ['TLS 1.1 is accepted', 'TLSv1.1 TLSv1.2 TLSv1.3', 'ALL'],
    ['a weak cipher is accepted (ECDHE-ECDSA-NULL-SHA)', 'TLSv1.2 TLSv1.3', 'ALL:eNULL'],
    ['a weak cipher is accepted (AECDH-AES256-SHA)', 'TLSv1.2 TLSv1.3', 'AECDH-AES256-SHA:ALL'],
  ])('breaks https: %s', async (because, protocols, ciphers) => {
    const weaken = (text: string): string =>
      text
        .replace(/ssl_protocols [^;]+;/, `ssl_protocols ${protocols};`)
        .replace(/ssl_ciphers [^;]+;/, `ssl_ciphers ${ciphers}:@SECLEVEL=0;`)
    expect(await edited('https', weaken)).toBe(`broken: ${because}`)
  })

  test.each([
    ['TLS 1.2', 'TLSv1.3'],
    ['TLS 1.3', 'TLSv1.2'],
  ])('breaks https: %s is refused', async (version, spoken) => {
    const without = (text: string): string => text.replace(/ssl_protocols [^;]+;/, `ssl_protocols ${spoken};`)
    expect(await edited('https', without)).toBe(`broken: ${version} is refused`)
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
    expect(await runCheck(checks.apiUncached, { ...edge.endpoint, api }, world)).toMatchObject({
      is: 'broken',
      because,
    })
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

  test('breaks errorsUncached: a Range beyond the end of a file is passed over', async () => {
    const passedOver = (text: string): string =>
      text.replace('server_name edge;', 'server_name edge;\n    max_ranges 0;')
    expect(await edited('errorsUncached', passedOver)).toBe(
      'broken: /assets/app-A1b2C3d4.js answers 200 to a Range beyond its end, not 416',
    )
  })

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

  test('breaks originShield each time, on a busy machine as well: every visitor fetches for himself', async () => {
    const unlocked = (text: string): string => text.replaceAll('proxy_cache_lock on;', 'proxy_cache_lock off;')
    const busy = availableParallelism()
    // Bounded: should this process be killed, they end by themselves.
    const loops = Array.from({ length: busy }, () =>
      spawn('timeout', ['120', 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' }),
    )
    try {
      const asked = /^broken: the origin was asked \d+ times for one file$/
      expect(await edited('originShield', unlocked)).toMatch(asked)
      for (let time = 0; time < 9; time += 1) expect((await verdicts('originShield'))['originShield']).toMatch(asked)
      await edge.edit((text) => text.replaceAll('proxy_cache_lock off;', 'proxy_cache_lock on;'))
      expect(await verdicts('originShield')).toEqual({ originShield: 'kept' })
    } finally {
      for (const loop of loops) loop.kill()
    }
  })

  test('breaks https: plain HTTP leads to whatever host is named', async () => {
    const astray = (text: string): string =>
      text.replaceAll(/https:\/\/[^$;]+\$request_uri/g, 'https://$http_host$request_uri')
    expect(await edited('https', astray)).toMatch(
      /^broken: (whoever asks for edge-check\.invalid is led there|the redirect of)/,
    )
  })

  test('breaks https: plain HTTP leads another host to itself, and the site’s own to where it belongs', async () => {
    const astray = (text: string): string =>
      text.replace(
        'server_name redirect;',
        'server_name redirect;\n    if ($host ~ invalid) { return 301 https://$host$request_uri; }',
      )
    expect(await edited('https', astray)).toBe(
      'broken: whoever asks for edge-check.invalid is led there (https://edge-check.invalid/)',
    )
  })

  test.each([
    ['everything is answered with the app', 'if ($is_app_page)', 'if ($reads_only)'],
    ['navigations alone are answered with the app', 'default $wants_json;', 'default 1;\n    document 0;'],
    ['no path with a dot is answered with the app', /"~\*\\\.\(\?:html[^"]*"/, '"~\\.[^/]+$"'],
    ['what machines ask for is answered with the app', '"~^/\\.well-known(?:/|$)" 1;', ''],
  ])('breaks spaRouting: %s', async (_, what, by) => {
    expect(await edited('spaRouting', (text) => text.replace(what, () => by))).toMatch(/^broken: /)
  })

  test('breaks https: browsers are told to stay for a second', async () => {
    const change = (text: string): string => text.replace(/Security: max-age=\d+/, 'Security: max-age=1')
    expect(await edited('https', change)).toBe('broken: browsers stay on HTTPS for 1 s, not for 365 days')
  })
})
