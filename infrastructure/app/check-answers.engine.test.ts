import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { duration } from '../../src/core/units.ts'
import { siteClient } from '../cdn/fetch.ts'
import { isOfApi } from '../cdn/routing.ts'
import { type Respond, TestEdge } from '../cdn/proofs/test-edge.ts'
import { answers } from './check-answers.ts'
import type { AppProcess, Visits } from './endpoint.ts'
import type { Journey } from './visitor.ts'

const read = { method: 'GET', status: 200 } as const
const signIn = { account: '{account}', password: '{password}' }
const journey: Journey = [
  { name: 'homepage', requests: [{ ...read, path: '/', contains: '<h1>' }] },
  {
    name: 'login',
    requests: [{ method: 'POST', path: '/api/login', body: signIn, status: 200, contains: '"{account}"' }],
  },
  { name: 'notes', requests: [{ ...read, path: '/api/notes/{topic}', contains: '"topic":"{topic}"' }] },
  { name: 'order', requests: [{ method: 'PUT', path: '/api/orders/1', status: 204 }] },
  { name: 'logout', requests: [{ method: 'POST', path: '/api/logout', body: {}, status: 204 }] },
]

const { world } = testWorld()

let edge: TestEdge
beforeAll(async () => {
  edge = await TestEdge.make({ 'index.html': '<!doctype html><h1>Notes</h1>' })
})
afterAll(() => edge.remove())

/** What was asked, by method and path, how often; and who is signed in at the end. */
let asked: Map<string, number>
let sessions: Set<string>

/** An app whose notes only those see who are signed in. */
const notes: Respond = async (request, response) => {
  const { method = '', url = '', headers } = request
  asked.set(`${method} ${url}`, (asked.get(`${method} ${url}`) ?? 0) + 1)
  const session = /session=(\w+)/.exec(headers.cookie ?? '')?.[1] ?? ''
  if (url === '/api/login') {
    const { account, password } = JSON.parse(await text(request))
    if (password !== 'right') return void response.writeHead(401).end()
    sessions.add('one')
    return void response.writeHead(200, { 'set-cookie': 'session=one; Path=/; HttpOnly' }).end(`"${account}"`)
  }
  if (!sessions.has(session)) return void response.writeHead(401).end()
  if (url === '/api/logout') {
    sessions.delete(session)
    return void response.writeHead(204, { 'set-cookie': 'session=; Max-Age=0' }).end()
  }
  if (method === 'PUT') return void response.writeHead(204).end()
  response.writeHead(200).end(`{"topic":"${url.split('/').at(-1)}"}`)
}
beforeEach(() => {
  asked = new Map()
  sessions = new Set()
  edge.respond = notes
})

/** The same app, one of whose answers is another one: that to each so-manieth request that this is true of. */
const wrongAt = (nth: number, of: RegExp, wrong: Respond): void => {
  let count = 0
  edge.respond = (request, response) => {
    if (of.test(request.url ?? '')) count += 1
    else return notes(request, response)
    return count % nth === 0 ? wrong(request, response) : notes(request, response)
  }
}

const process = (name: string, program: string): AppProcess => ({
  name,
  probe: { kind: 'command', command: [program] },
})

const drain = duration('30 seconds')
const verdict = (visits: Partial<Visits> = {}, second = 'true') =>
  answers(
    {
      visits: {
        site: edge.endpoint.https,
        journey,
        choices: { topic: ['garden', 'music'] },
        accounts: 12,
        password: 'right',
        isOfApi,
        open: () => siteClient(edge.endpoint),
        ...visits,
      },
      machine: edge.instance,
      api: { health: '/api/health', own: { processes: [process('api1', 'true'), process('api2', second)], drain } },
    },
    world,
  )

describe('a journey that is answered rightly', () => {
  it('is kept, with what was asked and how often', async () => {
    expect(await verdict()).toEqual({
      is: 'kept',
      evidence: {
        how: 'measured',
        facts: {
          steps: ['homepage', 'login', 'notes', 'order', 'logout'],
          'answers right': '164 of 164',
          'asked of the API': 'reads 160 times each, others once',
        },
      },
    })
  })

  it('has what writes asked once, and leaves no session behind', async () => {
    await verdict()
    const writes = [...asked].filter(([what]) => !what.startsWith('GET'))
    expect(Object.fromEntries(writes)).toEqual({ 'POST /api/login': 1, 'PUT /api/orders/1': 1, 'POST /api/logout': 1 })
    expect(sessions.size).toBe(0)
  })

  it('may lead a visitor on to another page, as a browser and k6 go', async () => {
    edge.respond = (request, response) =>
      request.url === '/api/old' ? response.writeHead(302, { location: '/api/new' }).end() : response.end('new')
    const moved = [{ name: 'moved', requests: [{ ...read, path: '/api/old', contains: 'new' }] }]
    expect(await verdict({ journey: moved })).toMatchObject({ is: 'kept' })
  })

  it('may be the redirect itself, where that is what a step wants', async () => {
    edge.respond = (_, response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end()
    const moved = [{ name: 'moved', requests: [{ ...read, path: '/api/old', status: 302 }] }]
    expect(await verdict({ journey: moved })).toMatchObject({ is: 'kept' })
  })

  it('is asked no more of an API that wants to be asked less', async () => {
    wrongAt(7, /notes/, (_, response) => response.writeHead(429).end())
    expect(await verdict()).toMatchObject({
      is: 'kept',
      evidence: { facts: { limits: 'the API wants to be asked less (429)' } },
    })
  })

  it('may have an empty answer that is said to be right', async () => {
    edge.respond = (_, response) => response.end()
    const empty = [{ name: 'pulse', requests: [{ ...read, path: '/api/pulse', contains: '' }] }]
    expect(await verdict({ journey: empty })).toMatchObject({ is: 'kept' })
  })
})

const answering =
  (status: number, body = ''): Respond =>
  (_, response) =>
    response.writeHead(status).end(body)

describe('an API that does not answer rightly', () => {
  it.each([
    ['500 everywhere', 1, /./, 500, '', /^login: POST \/api\/login answers 500, not 200$/],
    ['empty everywhere', 1, /./, 200, '', /^login: POST \/api\/login answers 200 with nothing in it$/],
    ['500 to every twentieth', 20, /./, 500, '', / answers 500, not 200 \(8 of 160 times\)$/],
    ['empty to every twentieth read', 20, /notes/, 200, '', / answers 200 with nothing in it \(8 of 160 times\)$/],
    ['with another page', 1, /notes/, 200, '<h1>', /^notes: GET \/api\/notes\/\w+ answers 200 without "topic":"\w+"$/],
    ['503 to what writes', 1, /orders/, 503, '', /^order: PUT \/api\/orders\/1 answers 503, not 204$/],
  ])('is broken: %s', async (_, nth, of, status, body, because) => {
    wrongAt(nth, of, answering(status, body))
    expect(await verdict()).toMatchObject({
      is: 'broken',
      because: expect.stringMatching(because),
      next: 'edge logs api1; loadTesting.journey says what is right',
    })
  })

  it('is broken where each of two processes is wrong at its own twentieth', async () => {
    // The requests of a journey with many reads: each is asked least often.
    const reads = Array.from({ length: 8 }, (_, n) => ({ ...read, path: `/api/reads/${n}`, contains: 'right' }))
    const counts = [0, 0]
    let turn = 0
    edge.respond = (_, response) => {
      turn = 1 - turn
      const count = (counts[turn] = (counts[turn] ?? 0) + 1)
      response.writeHead(count % 20 === 0 ? 500 : 200).end('right')
    }
    const found = await verdict({ journey: [{ name: 'reads', requests: reads }] })
    expect(found).toMatchObject({
      is: 'broken',
      because: 'reads: GET /api/reads/0 answers 500, not 200 (2 of 40 times)',
    })
  })

  it('is broken in time where it answers nothing, with each step that was not reached', async () => {
    edge.respond = () => undefined
    const begun = performance.now()
    expect(await verdict()).toMatchObject({
      is: 'broken',
      because: expect.stringMatching(/^login: POST .* is not answered within 10 s$/),
    })
    expect(performance.now() - begun).toBeLessThan(45_000)
  })

  it('says of accounts that it does not know where they come from', async () => {
    expect(await verdict({ password: 'another' })).toMatchObject({
      is: 'broken',
      because: 'login: POST /api/login answers 401, not 200',
      next: 'do the migrations make the accounts of TEST_ACCOUNTS with TEST_PASSWORD? edge logs api1',
    })
  })

  it('has its session ended, also behind a step that goes wrong', async () => {
    wrongAt(1, /orders/, answering(503))
    await verdict()
    expect(sessions.size).toBe(0)
  })
})

it('names the process that does not answer, whatever the other one answers to visitors', async () => {
  const silent = { is: 'broken', next: 'edge logs api2; edge deploy app starts what does not answer anew' }
  const own = 'api2: false ends with 1; '
  expect(await verdict({}, 'false')).toMatchObject({
    ...silent,
    because: `${own}visitors have the answers of the others`,
  })
  edge.respond = answering(504)
  const because = `${own}login: POST /api/login answers 504, not 200`
  expect(await verdict({}, 'false')).toMatchObject({ ...silent, because })
  expect(await verdict({ journey: undefined }, 'false')).toMatchObject(silent)
})

describe('an app of which nobody says what its visitors do', () => {
  it('claims nothing, and says what was seen', async () => {
    edge.respond = answering(200)
    expect(await verdict({ journey: undefined })).toEqual({
      is: 'notClaimed',
      because: 'loadTesting.journey does not say what a visitor of this app does; homepage and health are right',
    })
  })

  it('is broken where its API does not answer', async () => {
    edge.respond = answering(500)
    expect(await verdict({ journey: undefined })).toMatchObject({
      is: 'broken',
      because: 'health: GET /api/health answers 500, not 200',
    })
  })
})
