import { describe, expect, test } from 'vitest'
import { assertSound } from '../../src/core/graph.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { siteTls } from '../../src/targets/local/site-certificate.ts'
import { duration } from '../../src/core/units.ts'
import { local } from './local.ts'
import type { CdnNeeds } from './needs.ts'
import { nginxConfiguration } from './render-nginx.ts'
import { cdnSettings } from './settings.ts'
import { siteOf } from './site.ts'

const settings = cdnSettings.parse({})
const needs: CdnNeeds = {
  domain: 'localhost',
  tls: siteTls(exampleInstance.state, 'local'),
  journey: [],
  loadTestAgent: 'a-load-test',
  apiDamage: async () => undefined,
  takenSince: async () => [],
  agentRuns: async () => true,
  app: {
    api: {
      upstreams: ['unix:/var/lib/edge/example/run/api.sock'],
      keepsConnections: false,
      health: '/api/health',
      drain: duration('30 seconds'),
      timeout: duration('60 seconds'),
      streamIdle: duration('1 hour'),
    },
    static: { directory: '/var/lib/edge/example/build/web', after: ['build'] },
    ready: ['api1', 'api2'],
  },
}
const withoutApi: CdnNeeds = { ...needs, app: { static: { directory: '/srv/site', after: [] }, ready: [] } }
const rendered = (given: unknown = {}): string => nginxConfiguration(exampleInstance, cdnSettings.parse(given), needs)

test('renders nginx.conf', async () => {
  await expect(rendered()).toMatchFileSnapshot('golden/nginx.conf')
})

test('renders nginx.conf for a site without an API', async () => {
  const text = nginxConfiguration(exampleInstance, settings, withoutApi)
  await expect(text).toMatchFileSnapshot('golden/nginx-without-api.conf')
})

test.each([
  ['hashedAssets', '30 days', '"public, max-age=2592000, immutable"'],
  ['images', '1 day', '"public, max-age=86400"'],
  ['fonts', '2 hours', '"public, max-age=7200"'],
])('takes cache.%s = %s from the configuration', (name, value, line) => {
  expect(rendered({ cache: { [name]: value } })).toContain(line)
})

test('takes the largest body of a request from the configuration', () => {
  expect(rendered({ uploadLimit: '8 MB' })).toContain('client_max_body_size 8388608;')
})

test('leads plain HTTP to the port that the site has', () => {
  expect(rendered()).toContain('return 308 https://localhost:8443$request_uri;')
})

test('names no port where the site has the usual one', () => {
  const usual = { ...exampleInstance, ports: { ...exampleInstance.ports, https: 443, http: 80 } }
  expect(nginxConfiguration(usual, settings, needs)).toContain('return 308 https://localhost$request_uri;')
  expect(local(usual, settings, needs).provides).toMatchObject({ https: 'https://localhost', http: 'http://localhost' })
})

test.each([
  ['127.0.0.1', ['127.0.0.1']],
  ['0.0.0.0', ['0.0.0.0']],
  ['::', ['0.0.0.0', '[::]']],
  ['::1', ['[::1]', '127.0.0.1']],
  ['10.1.2.3', ['10.1.2.3', '127.0.0.1']],
])('listening on %s, it is asked at %j', (listen, addresses) => {
  const text = nginxConfiguration({ ...exampleInstance, listen }, settings, needs)
  expect([...text.matchAll(/listen (.*):8443 ssl http2;/g)].map((match) => match[1])).toEqual(addresses)
})

test('publishes before nginx is started, and starts it once the API answers', () => {
  const { plan } = local(exampleInstance, settings, needs)
  expect(plan.map(({ name, after }) => [name, after])).toEqual([
    ['release', ['build']],
    ['nginx', ['certificate', 'release', 'api1', 'api2']],
    ['caches', ['nginx']],
  ])
})

test('makes a sound plan', () => {
  const others = ['certificate', 'build', 'api1', 'api2'].map((name) => ({
    kind: 'step' as const,
    name,
    component: 'app' as const,
    title: name,
    after: [],
    observe: async () => 'done' as const,
    ensure: async () => undefined,
  }))
  expect(() => assertSound([...others, ...local(exampleInstance, settings, needs).plan])).not.toThrow()
})

describe('with a certificate that is ordered', () => {
  const acme = { email: 'operations@example.com', directory: 'https://ca.example.com/directory' }
  const ordered: CdnNeeds = { ...withoutApi, tls: siteTls(exampleInstance.state, { acme }) }

  test('an authority is answered on plain HTTP, and everybody else sent on', () => {
    const text = nginxConfiguration(exampleInstance, settings, ordered)
    expect(text).toContain(`location ^~ /.well-known/acme-challenge/ {
      alias /var/lib/edge/example/acme/challenges/;`)
    expect(text).toContain('return 301 https://localhost:8443$request_uri;')
  })

  test('nginx is there before the order, and something to show before nginx', () => {
    const after = new Map(local(exampleInstance, settings, ordered).plan.map((part) => [part.name, part.after]))
    expect(after.get('nginx')).toContain('placeholder')
    expect(after.get('acme')).toEqual(['nginx'])
  })

  test("the edge's own work trusts what is shown meanwhile, and no check does", () => {
    const { endpoint } = local(exampleInstance, settings, ordered)
    expect(endpoint).not.toHaveProperty('alsoTrusted')
    expect(siteOf(exampleInstance, ordered).edge.endpoint).toMatchObject({
      alsoTrusted: '/var/lib/edge/example/tls/ca.crt',
    })
  })
})
