import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePorts } from '../../test/ports.ts'
import { testWorld } from '../../test/world.ts'
import { runCheck } from '../../src/core/verify.ts'
import { checks, checksElsewhere, fromOutsideOnAws } from './checks.ts'
import { asElsewhere, asOnAws } from './proofs/test-checks.ts'
import { TestEdge } from './proofs/test-edge.ts'

/** A site that is not the reference app: one page, and an API that does as the test says. */
let edge: TestEdge
let asked: string[] = []
const { world } = testWorld()

beforeAll(async () => {
  edge = await TestEdge.make({ 'index.html': '<!doctype html><title>Hello</title><p>Hello, world' })
})
afterAll(() => edge.remove())
beforeEach(() => {
  asked = []
})

/** Answers every request alike, and notes what was asked. */
function answer(status: number, header: (id: string) => Readonly<Record<string, string>> = () => ({})): void {
  edge.respond = (request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(status, header(String(request.headers['x-request-id']))).end('{}')
  }
}

describe('cdn.apiUncached', () => {
  test.each([
    ['/api/health', '/api/health'],
    ['/health', '/api/'],
    ['/', '/api/'],
  ])('judges by answers of the API, also where its health is asked at %s', async (health, path) => {
    answer(200)
    const { is } = await runCheck(checks.apiUncached, { ...edge.endpoint, api: { health, journey: [] } }, world)
    expect({ is, asked }).toEqual({ is: 'kept', asked: [path, path, path] })
  })

  test('counts the answers that carry the id of their own request', async () => {
    answer(200, (id) => ({ 'x-request-id': id }))
    expect(await runCheck(checks.apiUncached, edge.endpoint, world)).toMatchObject({
      is: 'kept',
      evidence: { facts: { 'own answers': '3 of 3' } },
    })
  })

  test("is broken by an answer that was another request's", async () => {
    answer(200, () => ({ 'x-request-id': 'of-someone-else' }))
    expect(await runCheck(checks.apiUncached, edge.endpoint, world)).toMatchObject({
      is: 'broken',
      because: "an answer of the API was another request's",
    })
  })
})

test('an error that says its age is broken, also where no log can be read', async () => {
  answer(404, () => ({ age: '12' }))
  expect(await runCheck(checksElsewhere.errorsUncached, asElsewhere(edge), world)).toMatchObject({
    is: 'broken',
    because: expect.stringMatching(/^the 404 of \/api\/edge-check-\w+ came from a cache$/),
  })
})

describe('a store with an address of its own', () => {
  test.each([
    [403, 'kept'],
    [200, 'broken'],
    // Told only to those who may list.
    [404, 'broken'],
  ])('that answers %i to anybody is %s', async (status, is) => {
    answer(status)
    const store = { address: edge.apiAddress, releases: async () => [] }
    expect((await runCheck(fromOutsideOnAws.originPrivate, asOnAws(edge, store), world)).is).toBe(is)
    expect(asked.toSorted()).toEqual(['/', '/index.html'])
  })
})

describe('an API that answers everything alike', () => {
  // Some ask for a login before they look, some know no 404.
  test.each([200, 401, 404])('with %i breaks neither routing nor errors', async (status) => {
    answer(status)
    const verdicts = await Promise.all([
      runCheck(checks.spaRouting, edge.endpoint, world),
      runCheck(checks.errorsUncached, edge.endpoint, world),
    ])
    expect(verdicts.map(({ is }) => is)).toEqual(['kept', 'kept'])
  })

  test("with the app's page breaks the routing", async () => {
    edge.respond = (_, response) => response.end('<!doctype html><title>Hello</title><p>Hello, world')
    expect(await runCheck(checks.spaRouting, edge.endpoint, world)).toMatchObject({
      is: 'broken',
      because: expect.stringContaining('an unknown path of the API'),
    })
  })
})

test('a server that hangs on TLS 1.1 has refused nothing', async () => {
  const [port = 0] = await freePorts(1)
  const server = createServer((client) => {
    client.once('data', (hello) => {
      // The version in a ClientHello: 3.2 is TLS 1.1.
      if (hello[9] === 3 && hello[10] === 2) return
      const upstream = connect(Number(new URL(edge.endpoint.https).port), '127.0.0.1')
      upstream.write(hello)
      upstream.on('error', () => client.destroy())
      client.on('error', () => upstream.destroy())
      client.pipe(upstream).pipe(client)
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const there = { ...edge.endpoint, https: `https://localhost:${port}` }
  await expect(runCheck(checks.https, there, world)).rejects.toThrow('no handshake in time')
  const closed = once(server, 'close')
  server.close()
  await closed
})
