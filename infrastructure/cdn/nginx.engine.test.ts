import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ask, type Answer, type Ask, connections, type SiteClient, siteClient } from './fetch.ts'
import { askCold } from './check-origin.ts'
import { nginxDirectories, nginxSockets } from '../../src/engines/nginx.ts'
import { purgeOnly } from './releases/caches.ts'
import { TestEdge } from './proofs/test-edge.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { testWorld } from '../../test/world.ts'

const { world } = testWorld()

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
beforeEach(() => {
  edge.respond = (_, response) => response.end()
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

describe('the API', () => {
  test('gets the request as it was, and who asked', async () => {
    edge.respond = (request, response) => response.end(JSON.stringify({ url: request.url, headers: request.headers }))
    const id = 'my-own-id-1'
    const spoofed = { 'x-request-id': id, 'x-forwarded-for': '10.9.8.7', 'x-forwarded-proto': 'gopher' }
    const seen = JSON.parse((await visit('/api/games?day=a%2Fb', { headers: spoofed })).body.toString())
    expect(seen).toMatchObject({
      url: '/api/games?day=a%2Fb',
      headers: {
        'x-request-id': id,
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'https',
        host: new URL(edge.endpoint.https).host,
      },
    })
  })

  test.each(['short', 'with a space inside', 'x'.repeat(65), '{"a":1}'])(
    'gets an id of the edge’s own in place of "%s"',
    async (sent) => {
      edge.respond = (request, response) => response.end(request.headers['x-request-id'])
      const { body } = await visit('/api/x', { headers: { 'x-request-id': sent } })
      // Second, connection (all workers count together), and which request of it.
      expect(body.toString()).toMatch(/^\d+\.\d{3}-\d+-\d+$/)
    },
  )

  test('gets another id for each request', async () => {
    edge.respond = (request, response) => response.end(request.headers['x-request-id'])
    const answers = await Promise.all(Array.from({ length: 200 }, () => visit('/api/x')))
    expect(new Set(answers.map(({ body }) => body.toString()).filter(Boolean)).size).toBe(200)
  })

  test('is kept nowhere, whatever it says', async () => {
    edge.respond = (_, response) =>
      response
        .writeHead(200, { 'cache-control': 'public, max-age=600', expires: 'Thu, 01 Jan 2099 00:00:00 GMT' })
        .end()
    const answer = await visit('/api/games')
    expect([answer.header('cache-control'), answer.header('expires')]).toEqual(['no-store', ''])
  })

  test('says itself what its own pages may do, and tell other sites', async () => {
    const own = {
      'content-type': 'text/html',
      'content-security-policy': "script-src 'self' 'unsafe-inline'",
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'SAMEORIGIN',
    }
    edge.respond = (_, response) => response.writeHead(200, own).end('<p>Swagger UI')
    const answer = await visit('/api/docs')
    expect(Object.fromEntries(Object.keys(own).map((name) => [name, answer.header(name)]))).toEqual({
      ...own,
      'content-type': expect.stringMatching('^text/html'),
    })
  })

  test('is told nothing of what its pages may do, where it says nothing', async () => {
    edge.respond = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>a page')
    const { header } = await visit('/api/docs')
    expect(['content-security-policy', 'referrer-policy', 'x-frame-options'].map(header)).toEqual(['', '', ''])
  })

  test('has its answers read as the type that they say', async () => {
    expect((await visit('/api/x')).header('x-content-type-options')).toBe('nosniff')
  })

  test('says itself what its answers vary with', async () => {
    edge.respond = (_, response) => response.writeHead(200, { vary: 'Cookie' }).end('x')
    expect((await visit('/api/games')).header('vary')).toBe('Cookie')
  })

  test.each(['text/html', 'text/csv', 'application/xml', 'application/ld+json'])(
    'has its %s compressed',
    async (type) => {
      edge.respond = (_, response) => response.writeHead(200, { 'content-type': type }).end(text)
      const answer = await visit('/api/games', { headers: { 'accept-encoding': 'br' } })
      expect(answer.header('content-encoding')).toBe('br')
    },
  )

  test('sends events as they come', async () => {
    edge.respond = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text)
    const answer = await visit('/api/events', { headers: { 'accept-encoding': 'br' } })
    expect(answer.header('content-encoding')).toBe('')
  })

  test.each(['gzip', 'br'])('has its JSON compressed as %s, and says so', async (encoding) => {
    edge.respond = (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ text }))
    const answer = await visit('/api/games', { headers: { 'accept-encoding': encoding } })
    expect([answer.header('content-encoding'), answer.header('vary')]).toEqual([encoding, 'Accept-Encoding'])
  })

  test.each([401, 404, 409, 500, 502, 503])('keeps its own %i with its own body', async (status) => {
    edge.respond = (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end('{"own":1}')
    const answer = await visit('/api/none', { headers: browser })
    expect([answer.status, answer.body.toString(), answer.header('cache-control')]).toEqual([
      status,
      '{"own":1}',
      'no-store',
    ])
  })

  test('gets no body that is too large, and its client reads why as JSON', async () => {
    let asked = false
    edge.respond = (_, response) => {
      asked = true
      response.end()
    }
    const { status, body } = await visit('/api/avatar', { method: 'PUT', body: 'x'.repeat(6 * 1024 * 1024) })
    expect([status, JSON.parse(body.toString()), asked]).toMatchObject([413, { error: { code: 'too_large' } }, false])
  })

  test('is not what merely begins like it', async () => {
    edge.respond = (_, response) => response.end('the API')
    expect((await visit('/apiary', { headers: browser })).body.toString()).toBe(page)
  })

  test('that cut the connection is an error in JSON that is not kept', async () => {
    edge.respond = (request) => request.socket.destroy()
    const answer = await visit('/api/games')
    expect([answer.status, answer.header('cache-control'), answer.header('content-type')]).toEqual([
      503,
      'no-store',
      'application/json; charset=utf-8',
    ])
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

test('a copy that somebody deleted from the cache on the disk is fetched again', async () => {
  const ofCache = async (): Promise<string> => (await visit('/assets/app-A1b2C3d4.js')).header('x-cache')
  await expect.poll(ofCache).toBe('Hit from edge')
  const { cache } = nginxDirectories(edge.instance)
  await world.run(['find', cache, '-type', 'f', '-delete'])
  await expect.poll(ofCache, { timeout: 3000 }).toBe('Miss from edge')
})

test('a copy whose time is over is answered while the new one is fetched in the background', async () => {
  const name = 'aged.png'
  const ofImages = '"~\\.(?i:png|jpg|jpeg|gif|webp|avif|svg|ico)$" "604800";'
  const inLive = join(edge.site, 'live', name)
  await writeFile(inLive, 'the picture before')
  await edge.edit((configuration) => configuration.replace(ofImages, ofImages.replace('604800', '1')))
  const seen: string[] = []
  const look = async (): Promise<string> => {
    const { body, header } = await visit(`/${name}`)
    seen.push(`${header('x-cache')}: ${body.toString()}`)
    return body.toString()
  }
  expect(await look()).toBe('the picture before')
  await writeFile(inLive, 'the picture after it')
  await expect.poll(look).toBe('the picture after it')
  await edge.edit((configuration) => configuration.replace(ofImages.replace('604800', '1'), ofImages))
  expect(seen.slice(1).filter((answer) => !answer.startsWith('Hit from edge'))).toEqual([])
})

test('500 visitors who ask for one cold file at once make one fetch of the origin', async () => {
  const cold = await askCold(edge.endpoint, '/assets/app-A1b2C3d4.js', 500, world)
  console.log(
    `500 cold requests: ${cold.fetches} fetch of the origin, the slowest answer ${Math.round(cold.slowestMs)} ms`,
  )
  expect({ fetches: cold.fetches, wrong: cold.statuses.filter((status) => status !== 200) }).toEqual({
    fetches: 1,
    wrong: [],
  })
})

test('the cache survives a restart of nginx', async () => {
  const path = '/assets/app-A1b2C3d4.js'
  await expect.poll(async () => (await visit(path)).header('x-cache')).toBe('Hit from edge')
  await edge.restart()
  expect((await visit(path)).header('x-cache')).toBe('Hit from edge')
})

test('another host in a request gets this site’s own file from the cache', async () => {
  const path = '/assets/app-A1b2C3d4.js'
  await expect.poll(async () => (await visit(path)).header('x-cache')).toBe('Hit from edge')
  const answer = await rawAnswer(path, 'elsewhere.example')
  expect(answer).toMatch(/^HTTP\/1.1 200 /)
  expect(answer.toLowerCase()).toContain('x-cache: hit from edge')
  expect(answer.endsWith(text)).toBe(true)
})

describe('while the store is gone', () => {
  const { store } = nginxSockets({ ...exampleInstance, state: '' })
  const cold = '/fonts/sans.woff2'
  const inState = (path: string): string => join(edge.instance.state, path)
  const away = () => rename(inState(store), inState(`${store}.gone`))
  const back = () => rename(inState(`${store}.gone`), inState(store))
  beforeAll(async () => {
    await purgeOnly(nginxSockets(edge.instance), cold.slice(1), '')
    for (const path of ['/', '/assets/nba.png']) await visit(path)
    await away()
    // The shield has connections that are open still.
    await edge.reload()
  })
  afterAll(back)

  test('a page is answered as it was, when its second is over', async () => {
    await expect.poll(async () => (await visit('/')).header('x-cache')).not.toBe('Hit from edge')
    const answer = await visit('/')
    expect([answer.status, answer.body.toString()]).toEqual([200, page])
  })

  test('a file is answered from the cache', async () => {
    expect((await visit('/assets/nba.png')).status).toBe(200)
  })

  test('what is in no cache is a page of 503 that nobody keeps', async () => {
    const answer = await visit(cold)
    expect([answer.status, answer.header('cache-control'), answer.body.toString()]).toEqual([
      503,
      'no-store',
      expect.stringContaining('not available just now'),
    ])
    await back()
    expect((await visit(cold)).status).toBe(200)
    await away()
  })
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
