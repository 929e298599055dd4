import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectPlain } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { purgeOnly } from './releases/caches.ts'
import { nginxSockets } from '../../src/engines/nginx.ts'
import { TestEdge } from './proofs/test-edge.ts'

let edge: TestEdge
beforeAll(async () => {
  edge = await TestEdge.make({ 'index.html': '<title>the app</title>', 'logo.png': 'a logo' })
})
afterAll(() => edge.remove())

type Raw = { readonly status: number; readonly header: string; readonly body: string }

/** What comes back to a text that is sent as it is, to the port of HTTPS or to that of plain HTTP. */
async function raw(sent: string, to: 'tls' | 'plain on the port of TLS' | 'plain' = 'tls'): Promise<Raw> {
  const port = Number(new URL(to === 'plain' ? edge.endpoint.http : edge.endpoint.https).port)
  const socket =
    to === 'tls'
      ? connect({ host: '127.0.0.1', port, servername: 'localhost', ca: await readFile(edge.endpoint.ca ?? '') })
      : connectPlain({ host: '127.0.0.1', port })
  socket.write(sent)
  let answer = ''
  // Of a body that was announced and never comes, nginx waits for some seconds to throw it away.
  for await (const piece of socket) {
    answer += String(piece)
    const [header = '', body] = answer.split('\r\n\r\n')
    if (body !== undefined && body.length >= Number(/^content-length: (\d+)/im.exec(header)?.[1])) break
  }
  const [header = '', ...rest] = answer.split('\r\n\r\n')
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(header)?.[1]), header, body: rest.join('\r\n\r\n') }
}
const head = (line: string, ...fields: readonly string[]): string =>
  [line, 'Host: localhost', 'Connection: close', ...fields, '', ''].join('\r\n')
const codeOf = ({ body }: Raw): string => JSON.parse(body).error.code

describe('what the edge refuses, it says in the words of the API', () => {
  const large = Array.from({ length: 8 }, (_, number) => `X-Large-${number}: ${'x'.repeat(7000)}`)
  test.each([
    ['a method that no page has', head('POST / HTTP/1.1', 'Content-Length: 0'), 405, 'method_not_allowed'],
    ['a method that no file has', head('DELETE /logo.png HTTP/1.1'), 405, 'method_not_allowed'],
    ['a trace', head('TRACE / HTTP/1.1'), 405, 'method_not_allowed'],
    ['a header of 56 kB', head('GET / HTTP/1.1', ...large), 431, 'header_too_large'],
    ['a header of 56 kB, of the API', head('GET /api/x HTTP/1.1', ...large), 431, 'header_too_large'],
    ['a field of 20 kB', head('GET / HTTP/1.1', `X-Large: ${'x'.repeat(20_000)}`), 431, 'header_too_large'],
    ['an address of 20 kB', head(`GET /${'x'.repeat(20_000)} HTTP/1.1`), 414, 'too_long'],
    ['what is no HTTP', 'hello\r\n\r\n', 400, 'invalid_request'],
    ['two hosts', head('GET / HTTP/1.1', 'Host: other'), 400, 'invalid_request'],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_request'],
    ['two lengths', head('POST /api/x HTTP/1.1', 'Content-Length: 1', 'Content-Length: 2'), 400, 'invalid_request'],
    ['a body of 6 MB to a page', head('POST / HTTP/1.1', 'Content-Length: 6291456'), 413, 'too_large'],
    ['a body of 6 MB to the API', head('POST /api/x HTTP/1.1', 'Content-Length: 6291456'), 413, 'too_large'],
    ['an unknown encoding', head('POST /api/x HTTP/1.1', 'Transfer-Encoding: gzip'), 501, 'not_implemented'],
    ['a version that is not spoken', head('GET / HTTP/3.0'), 505, 'version_not_supported'],
  ])('%s', async (_, sent, status, code) => {
    const answer = await raw(sent)
    expect([answer.status, codeOf(answer)]).toEqual([status, code])
    expect(answer.header).toMatch(/^content-type: application\/json/im)
    expect(answer.header).toMatch(/^cache-control: no-store\r?$/im)
  })

  test('with the methods that there are', async () => {
    expect((await raw(head('PUT / HTTP/1.1', 'Content-Length: 0'))).header).toMatch(/^allow: GET, HEAD\r?$/im)
  })

  test('plain HTTP on the port of HTTPS', async () => {
    const answer = await raw(head('GET / HTTP/1.1'), 'plain on the port of TLS')
    expect([answer.status, codeOf(answer)]).toEqual([400, 'https_only'])
  })

  test('over plain HTTP as well', async () => {
    const answer = await raw(head('GET / HTTP/1.1', ...large), 'plain')
    expect([answer.status, codeOf(answer)]).toEqual([431, 'header_too_large'])
  })

  test('over HTTP/2', async () => {
    const session = connectHttp2(edge.endpoint.https, { ca: await readFile(edge.endpoint.ca ?? '') })
    const stream = session.request({ ':path': '/', ':method': 'DELETE' })
    const [headers] = await once(stream, 'response')
    const body = await text(stream)
    session.close()
    expect([headers[':status'], headers['allow'], JSON.parse(body).error.code]).toEqual([
      405,
      'GET, HEAD',
      'method_not_allowed',
    ])
  })

  test('and shows nobody the pages that it has for that', async () => {
    expect((await raw(head('GET /.edge/too_large HTTP/1.1'))).status).toBe(404)
  })
})

describe('a body that comes with a request for a file, which nobody wants', () => {
  const cold = () => purgeOnly(nginxSockets(edge.instance), 'logo.png', '')
  const length = ['Content-Length: 5']
  const chunked = ['Transfer-Encoding: chunked']
  test.each([
    ['a file that is not in the cache', '/logo.png', 'GET', length, 'hello'],
    ['a file that is not in the cache, in pieces', '/logo.png', 'GET', chunked, '5\r\nhello\r\n0\r\n\r\n'],
    ['the head of one', '/logo.png', 'HEAD', length, 'hello'],
    ['a page', '/', 'GET', length, 'hello'],
    ['a path of the app', '/sports/nba', 'GET', chunked, '5\r\nhello\r\n0\r\n\r\n'],
    ['a file that is missing', '/gone.png', 'GET', length, 'hello'],
  ] as const)('keeps nobody waiting: %s', async (_, path, method, fields, body) => {
    await cold()
    const began = performance.now()
    const { status } = await raw(`${head(`${method} ${path} HTTP/1.1`, ...fields)}${body}`)
    expect(status).toBe(path === '/gone.png' ? 404 : 200)
    expect(performance.now() - began).toBeLessThan(5000)
  })
})

describe('plain HTTP leads to the site itself', () => {
  test.each(['evil.example', 'evil.example:8080', '127.0.0.1', '[::1]:80', 'localhost@evil.example'])(
    'whatever host is named: %s',
    async (host) => {
      const sent = `GET /deep?a=b HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
      const { status, header } = await raw(sent, 'plain')
      // What is no name of a host is no request.
      if (status === 400) return
      expect(`${header}\r\n`).toContain(`Location: ${edge.endpoint.https}/deep?a=b\r\n`)
    },
  )

  test('and with an address that names another host, too', async () => {
    const { header } = await raw(head('GET http://evil.example/deep HTTP/1.1'), 'plain')
    expect(`${header}\r\n`).toContain(`Location: ${edge.endpoint.https}/deep\r\n`)
  })
})

test('nothing of all this is warned of in the log', async () => {
  expect(await edge.log()).not.toMatch(/\[(warn|error|crit|alert|emerg)\].*(variable|rewrite|location)/)
})
