import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { request as secureRequest } from 'node:https'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, type Ask, type SiteClient, siteClient } from './fetch.ts'
import { TestEdge } from './proofs/test-edge.ts'

const timeoutMs = 2000
const page = '<!doctype html><title>the app</title>'
const text = 'const games = 44713\n'.repeat(200)
const browser = { 'sec-fetch-mode': 'navigate', accept: 'text/html' }
let edge: TestEdge
let client: SiteClient
let ca = ''
const visit = (path: string, how?: Ask): Promise<Answer> => client.ask(path, how)

beforeAll(async () => {
  edge = await TestEdge.make({ 'index.html': page }, { timeout: '2 seconds', streamIdle: '6 seconds' })
  client = await siteClient(edge.endpoint)
  ca = await readFile(edge.endpoint.ca ?? '', 'utf8')
})
afterAll(async () => {
  await client.close()
  await edge.remove()
})
beforeEach(() => {
  edge.respond = (_, response) => response.end()
})

describe('a request that the API does not answer in time', () => {
  test.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const)('is sent once, and is 504: %s', async (method) => {
    let asked = 0
    edge.respond = () => (asked += 1)
    const began = performance.now()
    const { status, header, body } = await visit('/api/slow', { method })
    const ms = performance.now() - began
    const said = method === 'HEAD' ? undefined : JSON.parse(body.toString()).error.code
    expect([status, said, header('retry-after'), header('cache-control'), asked]).toEqual([
      504,
      method === 'HEAD' ? undefined : 'timeout',
      '',
      'no-store',
      1,
    ])
    expect(ms).toBeGreaterThan(timeoutMs - 100)
  })

  test.each(['GET', 'POST'] as const)('that cuts the connection is sent once: %s', async (method) => {
    let asked = 0
    edge.respond = (request) => {
      asked += 1
      request.socket.destroy()
    }
    const { status, header } = await visit('/api/cut', { method })
    expect([status, header('retry-after'), asked]).toEqual([503, '2', 1])
  })

  test('may take longer for a long answer that goes on', async () => {
    edge.respond = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      let pieces = 0
      const timer = setInterval(() => {
        response.write('a piece\n')
        pieces += 1
        if (pieces < 5) return
        clearInterval(timer)
        response.end()
      }, timeoutMs / 4)
    }
    expect((await visit('/api/long')).body.toString()).toBe('a piece\n'.repeat(5))
  })
})

test('a stream of events that is silent for longer than an answer may take goes on', async () => {
  edge.respond = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: first\n\n')
    setTimeout(() => response.end('data: second\n\n'), timeoutMs * 1.5)
  }
  const { body } = await visit('/api/events', { headers: { accept: 'text/event-stream' } })
  expect(body.toString()).toBe('data: first\n\ndata: second\n\n')
})

test('a stream is sent what it was asked with, body and all', async () => {
  edge.respond = (request, response) => request.pipe(response)
  const { body } = await visit('/api/chat', { method: 'POST', body: 'words', headers: { accept: 'text/event-stream' } })
  expect(body.toString()).toBe('words')
})

describe('an answer whose header is as large as 32 kB', () => {
  const large = { 'x-large': 'x'.repeat(16_000), 'content-security-policy': 'y'.repeat(16_500) }
  const through = (path: string): URL => new URL(path, edge.endpoint.https)

  test.each([200, 404])('comes through with %i over HTTP/1.1', async (status) => {
    edge.respond = (_, response) => response.writeHead(status, large).end('the body')
    const request = secureRequest(through('/api/large'), { ca, maxHeaderSize: 100_000 }).end()
    const [response] = await once(request, 'response')
    response.resume()
    expect([response.statusCode, response.headers['x-large']?.length]).toEqual([status, 16_000])
  })

  test('comes through over HTTP/2', async () => {
    edge.respond = (_, response) => response.writeHead(200, large).end('the body')
    const session = connectHttp2(edge.endpoint.https, { ca, settings: { maxHeaderListSize: 100_000 } })
    const stream = session.request({ ':path': '/api/large' })
    const [headers] = await once(stream, 'response')
    stream.resume()
    await once(stream, 'end')
    session.close()
    expect([headers[':status'], String(headers['x-large']).length]).toEqual([200, 16_000])
  })
})

describe('what a client claims of itself', () => {
  const claimed = {
    'x-real-ip': '10.9.8.7',
    'x-forwarded-for': '10.9.8.7',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'gopher',
    'x-forwarded-port': '1',
    'x-forwarded-server': 'evil.example',
    'x-forwarded-prefix': '/evil',
    forwarded: 'for=10.9.8.7;host=evil.example',
    'x-original-url': '/admin',
    'x-original-host': 'evil.example',
    'x-rewrite-url': '/admin',
    'x-client-ip': '10.9.8.7',
    'x-cluster-client-ip': '10.9.8.7',
    'true-client-ip': '10.9.8.7',
    'cf-connecting-ip': '10.9.8.7',
    'fastly-client-ip': '10.9.8.7',
    'x-host': 'evil.example',
    proxy: 'http://evil.example',
    x_forwarded_for: '10.9.8.7',
    x_real_ip: '10.9.8.7',
    'x-proxy-secret': 'a guess',
  }

  test('does not reach the API: the edge says it, or nobody', async () => {
    edge.respond = (request, response) => response.end(JSON.stringify(request.headers))
    const headers: Record<string, string> = JSON.parse((await visit('/api/x', { headers: claimed })).body.toString())
    const seen = Object.fromEntries(
      Object.keys(claimed).flatMap((name) => (name in headers ? [[name, headers[name]]] : [])),
    )
    expect(seen).toEqual({
      'x-real-ip': '127.0.0.1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(edge.endpoint.https).host,
      'x-forwarded-proto': 'https',
      'x-forwarded-port': new URL(edge.endpoint.https).port,
      'x-proxy-secret': 'proxy-secret',
    })
  })

  test.each(['x-http-method-override', 'via', 'authorization', 'cookie', 'accept-language'])(
    'of what it wants comes through: %s',
    async (name) => {
      edge.respond = (request, response) => response.end(String(request.headers[name]))
      expect((await visit('/api/x', { headers: { [name]: 'its own' } })).body.toString()).toBe('its own')
    },
  )
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
