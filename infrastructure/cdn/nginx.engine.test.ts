import { readFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, type Answer, type Ask, connections, type SiteClient, siteClient } from './fetch.ts'
import { TestEdge } from './proofs/test-edge.ts'

const page = '<!doctype html><title>the app</title>'
const text = 'const games = 44713\n'.repeat(200)
const browser = { 'sec-fetch-mode': 'navigate', accept: 'text/html' }

/** Files whose names say nothing of a type. */
const oddFiles = ['/items/1.1', '/data.unheard', '/LICENSE', '/assets/data-A1b2C3d4.unheard']

let edge: TestEdge
let client: SiteClient
const visit = (path: string, how?: Ask): Promise<Answer> => client.ask(path, how)

/** The answer to a path as it is written: clients put `..` right before they ask. Of whichever host. */
async function rawAnswer(path: string, host = 'localhost'): Promise<string> {
  const { hostname, port } = new URL(edge.endpoint.https)
  const ca = await readFile(edge.endpoint.ca ?? '')
  const socket = connect({ host: hostname, port: Number(port), servername: hostname, ca })
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  return textOf(socket)
}

beforeAll(async () => {
  edge = await TestEdge.make({
    'index.html': page,
    'app.js': text,
    'assets/app-A1b2C3d4.js': text,
    'assets/nba.png': 'a picture',
    'fonts/sans.woff2': 'a font',
    '.well-known/security.txt': 'Contact: mailto:security@example.com',
    '.well-known/apple-app-site-association': '{}',
    ...Object.fromEntries(oddFiles.map((path) => [path.slice(1), `the file ${path}`])),
  })
  client = await siteClient(edge.endpoint)
})
afterAll(async () => {
  await client.close()
  await edge.remove()
})

describe('a file', () => {
  test.each([
    ['/assets/app-A1b2C3d4.js', 'public, max-age=31536000, immutable'],
    ['/assets/nba.png', 'public, max-age=604800'],
    ['/fonts/sans.woff2', 'public, max-age=604800'],
    ['/app.js', 'no-cache'],
    ['/', 'no-cache'],
  ])('%s is kept: %s', async (path, control) => {
    const answer = await visit(path)
    expect([answer.status, answer.header('cache-control')]).toEqual([200, control])
  })

  test.each([
    ['br, gzip', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', ''],
    ['', ''],
  ])('to a client that takes "%s" is sent as "%s"', async (accepted, sent) => {
    const answer = await visit('/assets/app-A1b2C3d4.js', { headers: { 'accept-encoding': accepted } })
    expect([answer.header('content-encoding'), answer.header('vary')]).toEqual([sent, 'Accept-Encoding'])
  })

  test('is compressed for a client behind a proxy, too', async () => {
    const answer = await visit('/app.js', { headers: { 'accept-encoding': 'gzip', via: '1.1 proxy' } })
    expect(answer.header('content-encoding')).toBe('gzip')
  })

  test('of an image varies with nothing', async () => {
    expect((await visit('/assets/nba.png')).header('vary')).toBe('')
  })

  test('is not sent again to who has it', async () => {
    const { header } = await visit('/')
    expect((await visit('/', { headers: { 'if-none-match': header('etag') } })).status).toBe(304)
  })

  test('is sent in parts', async () => {
    const answer = await visit('/app.js', { headers: { range: 'bytes=0-4' } })
    expect([answer.status, answer.body.toString()]).toEqual([206, 'const'])
  })

  test('beyond its end is an error that is not kept', async () => {
    const answer = await visit('/assets/app-A1b2C3d4.js', { headers: { range: 'bytes=999999-' } })
    expect([answer.status, answer.header('cache-control')]).toEqual([416, 'no-store'])
  })

  test.each([
    ['/.well-known/security.txt', 'text/plain; charset=utf-8'],
    ['/.well-known/apple-app-site-association', 'application/json; charset=utf-8'],
  ])('for machines is found, as what it is: %s', async (path, type) => {
    const answer = await visit(path)
    expect([answer.status, answer.header('content-type')]).toEqual([200, type])
  })

  test.each(['/.env', '/.git/config', '/assets/../../built/index.html', '/%2e%2e/built/index.html', '/%2Eenv'])(
    'that is nobody’s business is not found: %s',
    async (path) => {
      expect(await rawAnswer(path)).toMatch(/^HTTP\/1\.1 40[04] /)
    },
  )
})

describe('a page of the app', () => {
  test('is the app for a navigation, with its own caching', async () => {
    const answer = await visit('/sports/nba?day=2026-01-01', { headers: browser })
    expect([answer.status, answer.body.toString(), answer.header('cache-control')]).toEqual([200, page, 'no-cache'])
  })

  test.each([
    ['the page', browser, 200],
    ['what is no page', { 'sec-fetch-dest': 'image' }, 404],
  ])('says what the answer depends on: %s', async (_, headers, status) => {
    const answer = await visit('/sports/nba', { headers })
    const vary = 'Accept-Encoding, Accept, Sec-Fetch-Dest, Sec-Fetch-Mode'
    expect([answer.status, answer.header('vary')]).toEqual([status, vary])
  })

  test('is not taken for the page that a browser has, where it wants none', async () => {
    const { header } = await visit('/sports/nba', { headers: browser })
    const again = await visit('/sports/nba', {
      headers: { 'sec-fetch-dest': 'script', 'if-none-match': header('etag') },
    })
    expect(again.status).toBe(404)
  })

  test.each(oddFiles)('gives way to a file of that very name: %s', async (path) => {
    const answer = await visit(path)
    expect([answer.status, answer.body.toString()]).toEqual([200, `the file ${path}`])
    expect(answer.header('vary')).not.toContain('Sec-Fetch')
  })
})

describe('every answer', () => {
  test.each(['/', '/assets/gone-A1b2C3d4.js', '/api/x'])('tells browsers to stay on HTTPS: %s', async (path) => {
    expect((await visit(path)).header('strict-transport-security')).toBe('max-age=31536000')
  })

  test('keeps the version of the server to itself', async () => {
    expect((await visit('/nothing.txt')).header('server')).toBe('nginx')
  })

  test.each(['/api/logged', '/assets/app-A1b2C3d4.js'])(
    'leaves one line of JSON, in CloudFront’s words, with the id of the request, of %s',
    async (path) => {
      const id = `line-of${path.replaceAll('/', '-')}`
      await visit(`${path}?a="b"`, { headers: { 'x-request-id': id, 'user-agent': 'a "quoted" one' } })
      const line = (): Promise<string | undefined> =>
        edge.log().then((log) => log.split('\n').find((entry) => entry.includes(id)))
      await expect.poll(line).toBeDefined()
      expect(JSON.parse((await line()) ?? '')).toMatchObject({
        'x-edge-request-id': id,
        'x-edge-location': 'edge',
        'cs-method': 'GET',
        'cs-protocol': 'https',
        'cs-uri-stem': path,
        'cs-uri-query': expect.stringMatching(/^a=/),
        'cs(User-Agent)': 'a "quoted" one',
        'sc-status': 200,
      })
    },
  )
})

test('another host in a request gets this site’s own file from the cache', async () => {
  const path = '/assets/app-A1b2C3d4.js'
  await expect.poll(async () => (await visit(path)).header('x-cache')).toBe('Hit from edge')
  const answer = await rawAnswer(path, 'elsewhere.example')
  expect(answer).toMatch(/^HTTP\/1.1 200 /)
  expect(answer.toLowerCase()).toContain('x-cache: hit from edge')
  expect(answer.endsWith(text)).toBe(true)
})

test('plain HTTP is led to the same place', async () => {
  const plain = connections(5)
  const answers = await Promise.all(
    (['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const).map(async (method) => {
      const answer = await ask(`${edge.endpoint.http}/deep/link?a=b`, plain, { method })
      return [method, answer.status, answer.header('location')]
    }),
  )
  plain.close()
  const there = `${edge.endpoint.https}/deep/link?a=b`
  expect(answers).toEqual([
    ['GET', 301, there],
    ['HEAD', 301, there],
    ['POST', 308, there],
    ['PUT', 308, there],
    ['DELETE', 308, there],
  ])
})
