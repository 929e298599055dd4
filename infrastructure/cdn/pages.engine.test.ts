import { brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { runCheck } from '../../src/core/verify.ts'
import { checks } from './checks.ts'
import { type SiteClient, siteClient } from './fetch.ts'
import { pageStyles } from './routing.ts'
import { exampleHashedFolder, examplePages } from './proofs/example-pages.ts'
import { spaCases } from './spa-cases.ts'
import { TestEdge } from './proofs/test-edge.ts'
import type { Files } from '../../test/write-files.ts'

const { world } = testWorld()
const body = (name: string, version = 1): string => `<!doctype html><title>${name}</title><p>version ${version}`
const lost = body('nothing here').repeat(50)
const site = (version = 1): Files => ({
  ...Object.fromEntries(examplePages.map((name) => [name, body(name, version)])),
  '404.html': lost,
  '.well-known/apple-app-site-association': '{}',
})

describe.each(pageStyles)('a build of many pages, served as %s', (style) => {
  let edge: TestEdge
  let client: SiteClient
  beforeAll(async () => {
    edge = await TestEdge.make(site(), { api: false, pages: style, hashedFolders: [exampleHashedFolder] })
    client = await siteClient(edge.endpoint)
  })
  afterAll(async () => {
    await client.close()
    await edge.remove()
  })

  test.each(spaCases(style, examplePages))('answers $name ($path)', async ({ method, path, headers, answer }) => {
    const got = await client.ask(path, { method, headers })
    // Without an API the edge itself says that there is none.
    const status = { missing: 404, refused: 405, api: 404 }
    const page = typeof answer === 'object' ? answer.page : undefined
    expect([got.status, examplePages.find((name) => got.body.toString() === body(name))]).toEqual([
      typeof answer === 'object' ? 200 : status[answer],
      method === 'HEAD' ? undefined : page,
    ])
  })

  test('is verified as such', async () => {
    expect(await runCheck(checks.spaRouting, edge.endpoint, world)).toMatchObject({ is: 'kept' })
  })

  test('sends what machines ask for by its own name', async () => {
    expect((await client.ask('/.well-known/apple-app-site-association')).body.toString()).toBe('{}')
  })
})

describe('a build of many pages', () => {
  let edge: TestEdge
  let client: SiteClient
  beforeAll(async () => {
    edge = await TestEdge.make(site(), { pages: 'folders' })
    client = await siteClient(edge.endpoint)
  })
  afterAll(async () => {
    await client.close()
    await edge.remove()
  })

  test.each([
    ['', (sent: Buffer) => sent],
    ['br', brotliDecompressSync],
  ])('answers an unknown page with its own words, that nobody keeps, sent as "%s"', async (encoding, decode) => {
    const answer = await client.ask('/nowhere/', { headers: { 'accept-encoding': encoding } })
    const header = (name: string): string => answer.header(name)
    expect([answer.status, ...['cache-control', 'content-type', 'content-encoding'].map(header)]).toEqual([
      404,
      'no-store',
      'text/html; charset=utf-8',
      encoding,
    ])
    expect(decode(answer.body).toString()).toBe(lost)
  })

  test('shows a new page at once, by whichever of its paths', async () => {
    const seen = async () =>
      Promise.all(['/docs', '/docs/'].map(async (path) => (await client.ask(path)).body.toString()))
    await seen()
    await edge.publish(site(2))
    expect(await seen()).toEqual([body('docs/index.html', 2), body('docs/index.html', 2)])
  })

  test('that gives an unknown page the homepage is found out', async () => {
    await edge.edit((text) => text.replace('error_page 404 /404.html;', 'error_page 404 =200 /index.html;'))
    expect(await runCheck(checks.spaRouting, edge.endpoint, world)).toMatchObject({
      is: 'broken',
      because: expect.stringContaining('a deep link'),
    })
  })
})

test('an unknown page is missing also where the build has no page for it', async () => {
  const edge = await TestEdge.make({ 'index.html': body('index.html') }, { api: false, pages: 'files' })
  try {
    const client = await siteClient(edge.endpoint)
    const { status, header } = await client.ask('/nowhere')
    await client.close()
    expect([status, header('cache-control')]).toEqual([404, 'no-store'])
  } finally {
    await edge.remove()
  }
})
