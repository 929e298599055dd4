import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { setTimeout as wait } from 'node:timers/promises'
import { SlowApp } from './slow-app.ts'
import { hands } from './sabotaged.ts'
import { underClients } from './slow-clients.ts'

let app: SlowApp
beforeAll(async () => {
  app = await SlowApp.up()
})
afterAll(() => app.instance.remove())

const path = '/api/slow/0'
/** The process that answers one request. */
async function answeredBy(): Promise<string> {
  const ca = await readFile(app.site.ca)
  const asked = request(new URL(path, app.site.https), { ca, agent: false }).end()
  const [response] = await once(asked, 'response')
  return text(response)
}
const answersVerdict = async () => (await app.instance.verify('app.answers')).get('app.answers')

it('one of two processes that hangs gets no more requests after five seconds', { timeout: 120_000 }, async () => {
  const on = await hands(app.instance)
  await on.signal('api2', 'SIGSTOP')
  try {
    await wait(5000)
    const seen = await underClients(app.site, path, () => wait(3000))
    expect(seen.failed).toEqual([])
    expect(seen.answered).toBeGreaterThan(100)
    expect(await answersVerdict()).toMatchObject({
      verdict: 'broken',
      because: expect.stringMatching(/^api2: .*\/api\/health does not answer 200 within 2 s; visitors have/),
      next: 'edge logs api2; edge deploy app starts what does not answer anew',
    })
    const { engines } = await app.instance.status()
    expect(engines.filter(({ noAnswer }) => noAnswer !== null)).toMatchObject([
      { name: 'api2', state: 'up', noAnswer: expect.stringContaining('/api/health does not answer 200 within 2 s') },
    ])
    expect(await app.instance.edge(['status'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/✗ api2 +up .* does not answer: /),
    })
  } finally {
    await on.signal('api2', 'SIGCONT')
  }
})

it('a deployment starts it anew, and it has requests again at once', { timeout: 120_000 }, async () => {
  const on = await hands(app.instance)
  const before = await app.instance.pid('api2')
  await on.signal('api2', 'SIGSTOP')
  await app.instance.must('deploy', '--yes', 'app')
  expect(await app.instance.pid('api2')).not.toBe(before)
  expect(new Set([await answeredBy(), await answeredBy()]).size).toBe(2)
  expect((await underClients(app.site, path, () => wait(1000))).failed).toEqual([])
})

it('where both hang, they are waited for as before, and answer once they go on', { timeout: 120_000 }, async () => {
  const on = await hands(app.instance)
  for (const name of ['api1', 'api2']) await on.signal(name, 'SIGSTOP')
  await wait(5000)
  const seen = await underClients(app.site, path, async () => {
    await wait(1000)
    for (const name of ['api1', 'api2']) await on.signal(name, 'SIGCONT')
  })
  expect(seen.failed).toEqual([])
})

it('where both are gone, nobody waits for them', { timeout: 120_000 }, async () => {
  const on = await hands(app.instance)
  for (const name of ['api1', 'api2']) await on.stop(name)
  await wait(3000)
  const begun = performance.now()
  const seen = await underClients(app.site, path, () => Promise.resolve())
  // The clients begin one after the other, in three seconds; site.api.timeout is 60 s.
  expect(performance.now() - begun).toBeLessThan(8000)
  expect(new Set(seen.failed)).toEqual(new Set([expect.stringMatching(/^503, /)]))
  await on.converge()
})
