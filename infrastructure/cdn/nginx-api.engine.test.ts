import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { request as secureRequest } from 'node:https'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, type Ask, type SiteClient, siteClient } from './fetch.ts'
import { TestEdge } from './proofs/test-edge.ts'

const timeoutMs = 2000
let edge: TestEdge
let client: SiteClient
let ca = ''
const visit = (path: string, how?: Ask): Promise<Answer> => client.ask(path, how)

beforeAll(async () => {
  edge = await TestEdge.make(
    { 'index.html': '<title>the app</title>' },
    { timeout: '2 seconds', streamIdle: '6 seconds' },
  )
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
