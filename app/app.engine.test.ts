import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../test/until.ts'
import { migrate, startApi, type TestApi, testPassword, testProxySecret } from './test-api.ts'
import { openDatabase } from './api/database.ts'
import { queryAt, startTestDatabase, type TestDatabase } from './test-database.ts'
import { everythingAsked, fillState, filledAccount, readsWholeTables } from './test-queries.ts'

const publicUrl = 'https://sports.example'
const icon = await readFile(join(import.meta.dirname, 'web/images/icon.png'))

let database: TestDatabase
let migrated: readonly string[]
let uploads = ''
let api: TestApi
let second: TestApi

beforeAll(async () => {
  database = await startTestDatabase()
  uploads = await mkdtemp(join(tmpdir(), 'app-engine-'))
  migrated = await Promise.all([migrate(database), migrate(database)])
  api = await startApi(database, uploads, publicUrl)
  second = await startApi(database, uploads, publicUrl)
})

afterAll(async () => {
  await Promise.all([api?.stop(), second?.stop()])
  await database?.remove()
  await rm(uploads, { recursive: true, force: true })
})

type Sent = { method?: string; json?: unknown; image?: Buffer; cookie?: string; address?: string; headers?: object }

/** One request as the proxy would pass it on. The address is the client's own. */
async function ask(path: string, { method, json, image, cookie, address, headers }: Sent = {}, to = api) {
  const body = image ?? (json === undefined ? undefined : JSON.stringify(json))
  const response = await fetch(`${to.url}${path}`, {
    method: method ?? 'GET',
    headers: {
      ...(body === undefined ? {} : { 'content-type': image ? 'image/png' : 'application/json' }),
      ...(cookie === undefined ? {} : { cookie }),
      'x-proxy-secret': testProxySecret,
      'x-forwarded-for': address ?? '192.0.2.1',
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  }).catch((error: unknown) => {
    throw new Error(`${path} is not answered: ${to.said()}`, { cause: error })
  })
  const text = await response.text()
  const answer: unknown = text.startsWith('{') ? JSON.parse(text) : undefined
  return { status: response.status, headers: response.headers, answer, text }
}

const logInWith = (account: string, password: string, address?: string, to = api) =>
  ask('/api/login', { method: 'POST', json: { account, password }, ...(address ? { address } : {}) }, to)

/** Logs in and answers the cookie. */
async function logIn(account: string): Promise<string> {
  const { status, headers } = await logInWith(account, testPassword)
  expect(status).toBe(200)
  return headers.get('set-cookie')?.split(';', 1)[0] ?? ''
}

test('gives its own figures in the form of Prometheus, with one series for all addresses that are no route', async () => {
  for (const path of ['/api/health', '/nowhere', '/nowhere-else']) await ask(path, {}, second)
  const { headers, text } = await ask('/metrics', {}, second)
  expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(text).toMatch(/^http_request_seconds_count\{method="GET",route="\/api\/health",status="200"\} \d+$/m)
  expect(text).toContain('http_request_seconds_count{method="GET",route="none",status="404"} 2')
  expect(text).not.toContain('nowhere')
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds [\d.e-]+$/m)
  expect(text).toMatch(/^database_pool_connections\{pool="writer",state="waiting"\} 0$/m)
})

test('does the work once when two migrations run at once', () => {
  const news = migrated.map((said) => said.split('\n')[0]).toSorted()
  expect(news).toEqual(['0 new migrations, games unchanged', '7 new migrations, games imported'])
})

test('changes nothing when the migrations run again', async () => {
  const said = await migrate(database)
  expect(said).toBe('0 new migrations, games unchanged\n7 migrations, 43,510 games, 3 accounts\n')
})

test('may not change the games with the rights it runs with', async () => {
  await expect(queryAt(database.appUrl, ['delete from sports.games'])).rejects.toThrow('permission denied')
})

test('answers the last day of a sport, and says so', async () => {
  const { answer } = await ask('/api/games?sport=nba')
  expect(answer).toMatchObject({
    day: '2022-06-16',
    isLastDay: true,
    days: { first: '2015-10-27', previous: '2022-06-13', next: null },
    games: [{ home: 'Celtics', away: 'Warriors', outcome: 'away' }],
  })
})

test('finds the way on from a day without games', async () => {
  const { answer } = await ask('/api/games?sport=nba&day=2022-06-14')
  expect(answer).toMatchObject({ games: [], days: { previous: '2022-06-13', next: '2022-06-16' } })
})

test('labels odds as derived and says how', async () => {
  const { answer } = await ask('/api/odds/nba')
  expect(answer).toMatchObject({ derived: true, margin: 0.05, odds: [{ homeOdds: 1.29, awayOdds: 3.66 }] })
})

test('shows probabilities as they were published', async () => {
  const { answer } = await ask('/api/predictions/nba')
  expect(answer).toMatchObject({ published: true, predictions: [{ homeProbability: 0.7396, awayProbability: 0.2604 }] })
})

test('invents nothing where nothing is published', async () => {
  const { answer } = await ask('/api/predictions/premier-league?day=2025-08-15')
  expect(answer).toMatchObject({
    published: false,
    notice: expect.stringContaining('no open forecast is published'),
    predictions: [{ home: 'Liverpool FC', homeScore: 4, homeProbability: null }],
  })
})

test('lists a sport without data as one', async () => {
  const { answer } = await ask('/api/odds/ufc')
  expect(answer).toMatchObject({ day: null, odds: [], notice: expect.stringContaining('No open data exists') })
})

test.each([
  ['GET', '/api/nowhere', 404, 'not_found'],
  ['GET', '/api/games?sport=chess', 404, 'unknown_sport'],
  ['GET', '/api/games', 400, 'invalid_request'],
  ['GET', '/api/games?sport=nba&day=2022-02-30', 400, 'invalid_request'],
  ['GET', '/api/preferences', 401, 'not_logged_in'],
  ['POST', '/api/logout', 415, 'unsupported_type'],
])('answers %s %s by %i as JSON that is not cached', async (method, path, status, code) => {
  const response = await ask(path, { method })
  expect(response.status).toBe(status)
  expect(response.answer).toMatchObject({ error: { code } })
  expect(response.headers.get('cache-control')).toBe('no-store')
})

test.each([
  '/api/games?sport=nba&day=0000-01-01',
  '/api/games?sport=nba&day=0000-12-31',
  '/api/games?sport=nba&day=9999-99-99',
  '/api/games?sport=nba&day=99999-01-01',
  '/api/games?sport=nba&day=-0001-01-01',
  '/api/games?sport=nba&day=2022-06-16%00',
  '/api/games?sport=nba&day=infinity',
  '/api/games?sport=nba&day=2022-06-16&day=2022-06-16',
  '/api/odds/nba?day=0000-01-01',
  '/api/predictions/nba?day=0000-01-01',
  '/api/predictions/%C0%AF',
  '/api/odds/%ED%A0%80',
])('refuses %s by 400, in the shape of all errors', async (path) => {
  const { status, answer, headers } = await ask(path)
  expect([status, answer]).toEqual([400, { error: { code: 'invalid_request', message: expect.any(String) } }])
  expect(headers.get('cache-control')).toBe('no-store')
})

test.each([
  ['/api/games?sport=nba&day=0001-01-01', 200],
  ['/api/games?sport=nba&day=9999-12-31', 200],
  ['/api/games?sport=nba%00', 404],
  ['/api/games?sport=%ED%A0%80', 404],
  ['/api/odds/nba%00', 404],
  ['/api/odds/99999999999999999999', 404],
])('answers %s by %i', async (path, status) => {
  expect((await ask(path)).status).toBe(status)
})

test.each([
  ['an account with a NUL', 'demo\0', 'wrong', 400],
  ['an account with half a pair', 'demo\ud800', 'wrong', 400],
  ['a password with a NUL', 'demo', 'wrong\0', 401],
  ['a password with half a pair', 'demo', 'wrong\ud800', 401],
  ['a password that is too long', 'demo', 'x'.repeat(257), 400],
])('refuses a login by %s in the shape of all errors', async (_what, account, password, status) => {
  const refused = await logInWith(account, password, '192.0.2.6')
  expect([refused.status, refused.answer]).toEqual([
    status,
    { error: { code: expect.any(String), message: expect.any(String) } },
  ])
})

test.each(['unknown', '192.0.2.7:4711', 'fe80::1%eth0', '999.0.2.1'])(
  'counts a login through a proxy that was handed %s as an address',
  async (address) => {
    expect((await logInWith('demo', testPassword, address)).status).toBe(200)
  },
)

test('echoes the id of a request, and makes one where the given one could harm a log', async () => {
  const echoed = await ask('/api/health', { headers: { 'x-request-id': 'abc-123' } })
  const made = await ask('/api/health', { headers: { 'x-request-id': 'a b"c' } })
  expect(echoed.headers.get('x-request-id')).toBe('abc-123')
  expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('logs in, knows who it is, and knows nobody after the logout', async () => {
  const cookie = await logIn('user-0001')
  expect((await ask('/api/session', { cookie })).answer).toMatchObject({ account: 'user-0001' })
  expect((await ask('/api/session', { cookie }, second)).answer).toMatchObject({ account: 'user-0001' })
  expect((await ask('/api/logout', { method: 'POST', json: {}, cookie })).status).toBe(204)
  expect((await ask('/api/session', { cookie })).answer).toMatchObject({ account: null })
})

test('gives the browser a cookie that no script and no other site gets', async () => {
  const { headers } = await logInWith('user-0001', testPassword)
  expect(headers.get('set-cookie')).toMatch(
    /^__Host-session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
})

test('stores no token that could be used', async () => {
  const cookie = await logIn('user-0002')
  const token = cookie.split('=')[1] ?? ''
  const stored = `do $$ begin
    if exists (select from state.sessions where encode(token_hash, 'escape') like '%${token}%') then raise 'stored'; end if;
  end $$`
  await expect(queryAt(database.ownerUrl, [stored])).resolves.toBeUndefined()
})

test('answers alike for a wrong password and for an account that is not there', async () => {
  const wrong = await logInWith('demo', 'wrong', '192.0.2.2')
  const nobody = await logInWith('nobody', 'wrong', '192.0.2.2')
  expect([wrong.status, nobody.status]).toEqual([401, 401])
  expect(nobody.text).toBe(wrong.text)
})

test('stops guessing at an account after ten failures, on both processes, from any address', async () => {
  for (let n = 0; n < 10; n += 1) await logInWith('guessed', 'wrong', `192.0.2.${10 + n}`, n % 2 ? api : second)
  const { status, headers } = await logInWith('guessed', 'wrong', '192.0.2.99', second)
  expect(status).toBe(429)
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(800)
})

test('lets guesses that come side by side pass no more than the limit', async () => {
  const all = await Promise.all(Array.from({ length: 30 }, () => logInWith('rushed', 'wrong', '192.0.2.3')))
  expect(all.filter(({ status }) => status === 401)).toHaveLength(10)
})

test('stops an address that tries one account after the other', async () => {
  const all: number[] = []
  for (let n = 0; n < 101; n += 1) all.push((await logInWith(`account-${n}`, 'wrong', '198.51.100.7')).status)
  expect(all.lastIndexOf(401)).toBe(99)
  expect(all[100]).toBe(429)
})

test('stops whoever asks past the proxy, and names another address each time', async () => {
  const headers = { 'x-proxy-secret': 'a guess' }
  const attempt = (number: number) => {
    const json = { account: `past-${number}`, password: 'wrong' }
    return ask('/api/login', { method: 'POST', json, address: `203.0.113.${number}`, headers })
  }
  const all: number[] = []
  // Four at once: a hundred have to come within the minute that is counted.
  for (let first = 0; first < 104; first += 4) {
    const four = await Promise.all([0, 1, 2, 3].map((number) => attempt(first + number)))
    all.push(...four.map(({ status }) => status))
  }
  expect(all).toContain(429)
})

test('lets the accounts of load tests log in from this machine as often as they like, and from elsewhere not', async () => {
  const twelve = async (address: string) => {
    const all = await Promise.all(Array.from({ length: 12 }, () => logInWith('user-0002', 'wrong', address)))
    return new Set(all.map(({ status }) => status))
  }
  expect(await twelve('127.0.0.1')).toEqual(new Set([401]))
  expect(await twelve('192.0.2.4')).toEqual(new Set([401, 429]))
  expect((await logInWith('user-0002', testPassword, '127.0.0.1')).status).toBe(200)
})

test('refuses what a page of another site sends', async () => {
  const headers = { origin: 'https://evil.example' }
  const { status, answer } = await ask('/api/logout', { method: 'POST', json: {}, headers })
  expect(status).toBe(403)
  expect(answer).toMatchObject({ error: { code: 'other_site' } })
})

test('keeps preferences', async () => {
  const cookie = await logIn('user-0001')
  const preferences = { favouriteSports: ['nhl', 'nba'], oddsFormat: 'american', theme: 'dark' }
  await ask('/api/preferences', { method: 'PUT', json: preferences, cookie })
  expect((await ask('/api/preferences', { cookie }, second)).answer).toEqual({ account: 'user-0001', preferences })
})

test('refuses preferences that do not exist', async () => {
  const cookie = await logIn('user-0001')
  const json = { favouriteSports: ['chess'], oddsFormat: 'decimal', theme: 'dark' }
  expect((await ask('/api/preferences', { method: 'PUT', json, cookie })).status).toBe(400)
})

test('keeps an avatar, byte for byte', async () => {
  const cookie = await logIn('user-0001')
  expect((await ask('/api/avatar', { method: 'PUT', image: icon, cookie })).status).toBe(204)
  const response = await fetch(`${second.url}/api/avatar`, { headers: { cookie } })
  expect(response.headers.get('content-type')).toBe('image/png')
  expect(Buffer.from(await response.arrayBuffer()).equals(icon)).toBe(true)
})

test('looks into a file rather than believe what it is called', async () => {
  const cookie = await logIn('user-0001')
  const { status } = await ask('/api/avatar', { method: 'PUT', image: Buffer.from('<svg onload="x"/>'), cookie })
  expect(status).toBe(415)
})

test('refuses a file that is too large', async () => {
  const cookie = await logIn('user-0001')
  const image = Buffer.concat([icon, Buffer.alloc(512 * 1024)])
  expect((await ask('/api/avatar', { method: 'PUT', image, cookie })).status).toBe(413)
})

test('shows its users no error while the database restarts', async () => {
  const cookie = await logIn('user-0001')
  const json = { favouriteSports: [], oddsFormat: 'decimal', theme: 'light' }
  await database.stop()
  const waiting = Promise.all([
    ask('/api/games?sport=nba'),
    ask('/api/preferences', { method: 'PUT', json, cookie }),
    logInWith('user-0002', testPassword),
    logInWith('demo', testPassword, '192.0.2.5'),
    ask('/api/session', { cookie }, second),
  ])
  await database.start()
  expect((await waiting).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
})

test('lives without a database and says that it is not ready', async () => {
  await database.stop()
  const live = await ask('/api/health')
  const ready = await ask('/api/ready')
  await database.start()
  expect(live.status).toBe(200)
  expect([ready.status, ready.answer]).toEqual([
    503,
    { ready: false, writer: 'unreachable', reader: 'unreachable', uploads: 'ok' },
  ])
  await until(async () => (await ask('/api/ready')).status === 200, 'it is ready again', { everyMs: 20 })
})

test('ends what is under way before it stops, and then by 0', async () => {
  const cookie = await logIn('user-0001')
  const stopped = await startApi(database, uploads, publicUrl)
  const upload = request(`${stopped.url}/api/avatar`, {
    method: 'PUT',
    headers: { cookie, 'content-type': 'image/png', 'content-length': icon.length, expect: '100-continue' },
  })
  upload.flushHeaders()
  // Told to go on, the server has it.
  await once(upload, 'continue')
  upload.write(icon.subarray(0, 100))
  const exit = stopped.stop()
  const isGone = async () => (await fetch(`${stopped.url}/api/health`).catch(() => undefined)) === undefined
  await until(isGone, 'it takes nobody any more', { everyMs: 20 })
  upload.end(icon.subarray(100))
  const [response] = await once(upload, 'response')
  response.resume()
  expect(response.statusCode).toBe(204)
  expect(await exit).toBe(0)
})

test('does not wait for a database that is away when it stops', async () => {
  const stopped = await startApi(database, uploads, publicUrl)
  await database.stop()
  // Told to go on, it has the request: one that is still on its way when it stops finds a closed connection.
  const waiting = request(`${stopped.url}/api/games?sport=nba`, { agent: false, headers: { expect: '100-continue' } })
  const answered = once(waiting.end(), 'response')
  await once(waiting, 'continue')
  const begin = performance.now()
  expect(await stopped.stop()).toBe(0)
  const [answer]: IncomingMessage[] = await answered
  expect(answer?.statusCode).toBe(503)
  // app/api/retry.ts: a request goes on for 20 s to ask a database that is away.
  expect(performance.now() - begin).toBeLessThan(15_000)
  await database.start()
})

test('asks nothing for which a whole table is read, and would notice where an index is missing', async () => {
  await fillState(database.ownerUrl)
  const opened = openDatabase(database.appUrl, new AbortController().signal)
  const asked = (await everythingAsked(opened, { account: filledAccount(7), sport: 'nba', day: '2022-06-16' })).flat()
  await opened.close()
  expect(asked.length).toBeGreaterThan(15)
  expect(await readsWholeTables(database.ownerUrl, asked)).toEqual([])
  await queryAt(database.ownerUrl, ['drop index state.login_attempts_account_at_idx'])
  const found = await readsWholeTables(database.ownerUrl, asked)
  await queryAt(database.ownerUrl, ['create index on state.login_attempts (account, at) where failed'])
  expect(found).toContainEqual(expect.stringContaining('login_attempts'))
  expect(await readsWholeTables(database.ownerUrl, asked)).toEqual([])
})
