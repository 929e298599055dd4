import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { balancerPaths, loads } from '../src/engines/balancer.ts'
import { logFromNow } from '../src/engines/log-since.ts'
import { type EdgeRun, project } from './instance.ts'
import { hands } from './sabotaged.ts'
import { SlowApp } from './slow-app.ts'
import { underClients } from './slow-clients.ts'
import { failedInReplacements, seenDuring, takes } from './slow-replacements.ts'

let app: SlowApp
beforeAll(async () => {
  app = await SlowApp.up()
})
afterAll(() => app.instance.remove())

it('app.drains is not claimed before anything was replaced', async () => {
  expect(await app.verdict()).toMatchObject({
    verdict: 'notClaimed',
    because: expect.stringContaining('no process was'),
  })
})

describe('sixteen clients, of a server in Node that ends at once', () => {
  it('see no error while it is published, has another one published, is rolled back, and deployed', takes, async () => {
    expect(await failedInReplacements(app, 'Node')).toEqual([])
  })
})

it('a server that closes a kept connection after a second loses none of what comes each second', takes, async () => {
  const seen = await seenDuring(app, '/api/slow/997', () => app.publish('Node', 'keep-alive 1 s'))
  expect(seen.failed).toEqual([])
})

describe('a process that hangs', () => {
  const path = '/api/slow/0'
  /** The process that answers one request. */
  async function answeredBy(): Promise<string> {
    const ca = await readFile(app.site.ca)
    const asked = request(new URL(path, app.site.https), { ca, agent: false }).end()
    const [response] = await once(asked, 'response')
    return text(response)
  }
  const answersVerdict = () => app.instance.judgement('app.answers')

  it(
    'one of two processes that hangs gets no more requests once the balancer has seen it',
    { timeout: 120_000 },
    async () => {
      const on = await hands(app.instance)
      const said = await logFromNow(join(app.instance.state, 'logs/balancer'))
      await on.signal('api2', 'SIGSTOP')
      try {
        await expect.poll(said).toContain('Server processes/api2 is DOWN')
        const seen = await underClients(app.site, path, () => wait(3000))
        expect(seen.failed).toEqual([])
        expect(await answersVerdict()).toMatchObject({
          verdict: 'broken',
          because: expect.stringMatching(/^api2: .*\/api\/health does not answer 200 within 2 s; visitors have/),
          next: 'edge logs api2; edge deploy app starts what does not answer anew',
        })
        const { engines } = await app.instance.status()
        expect(engines.filter(({ noAnswer }) => noAnswer !== null)).toMatchObject([
          {
            name: 'api2',
            state: 'up',
            noAnswer: expect.stringContaining('/api/health does not answer 200 within 2 s'),
          },
        ])
        expect(await app.instance.edge(['status'])).toMatchObject({
          code: 1,
          stdout: expect.stringMatching(/✗ api2 +up .* does not answer: /),
        })
      } finally {
        await on.signal('api2', 'SIGCONT')
      }
    },
  )

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
    // site.api.timeout is 60 s; the clients begin one after the other, in three seconds.
    expect(performance.now() - begun).toBeLessThan(30_000)
    expect(new Set(seen.failed)).toEqual(new Set([expect.stringMatching(/^503, /)]))
    await on.converge()
  })
})

describe('a replacement that requests in flight meet', () => {
  const outOfService = async (): Promise<readonly string[]> => {
    const all = await loads(balancerPaths(app.instance).admin)
    return [...all].flatMap(([name, { isOut }]) => (isOut ? [name] : []))
  }

  it(
    'what takes longer than the drain is cut, which the publication says and counts, and ends with 1',
    takes,
    async () => {
      await app.drain('1 second')
      let said: Pick<EdgeRun, 'code' | 'stdout'> = { code: -1, stdout: '' }
      const { failed } = await underClients(app.site, '/api/slow/4000', async () => {
        said = await app.publish('Node', 'cut')
      })
      expect(failed.length).toBeGreaterThan(0)
      expect(said.code).toBe(1)
      expect(said.stdout).toContain(`${failed.length} requests cut`)
      expect(said.stdout).toContain('what takes longer than site.api.drain is cut: give it more')
      expect(await app.verdict()).toMatchObject({
        verdict: 'broken',
        because: expect.stringContaining(`${failed.length} requests cut`),
        next: expect.stringContaining('site.api.drain (1 s)'),
      })
      await app.drain('30 seconds')
      expect((await app.publish('Node', 'whole')).code).toBe(0)
      expect(await app.verdict()).toMatchObject({ verdict: 'kept' })
    },
  )

  it('bodies that are sent slowly arrive, whichever process is replaced meanwhile', takes, async () => {
    const ca = await readFile(app.site.ca, 'utf8')
    const statuses: unknown[] = []
    const done = new AbortController()
    const upload = async (): Promise<void> => {
      while (!done.signal.aborted) {
        const asked = request(new URL('/api/slow/0', app.site.https), { method: 'POST', ca, agent: false })
        for (let part = 0; part < 20; part += 1) {
          asked.write('part')
          await wait(Math.random() * 200)
        }
        asked.end()
        const [response] = await once(asked, 'response')
        response.resume()
        statuses.push(response.statusCode)
      }
    }
    const uploads = Promise.all(Array.from({ length: 24 }, upload))
    const ran = await app.publish('Node', 'uploads').finally(() => done.abort())
    await uploads
    expect(ran.code).toBe(0)
    expect(statuses.length).toBeGreaterThan(24)
    expect(statuses.filter((status) => status !== 200)).toEqual([])
  })

  it(
    'after kill -9 of a publication that waits, the next command lets both processes have requests again',
    takes,
    async () => {
      // Also where the test before ended in its middle.
      await app.drain('30 seconds')
      await underClients(app.site, '/api/slow/3000', async () => {
        const { file, folder } = app.instance
        const args = ['publish', '--config', file, join(folder, 'public'), '--api', join(folder, 'other')]
        await app.publish('Node', 'before')
        await cp(join(folder, 'api'), join(folder, 'other'), { recursive: true })
        await writeFile(join(folder, 'other/version'), 'killed')
        const child = spawn(join(project, 'edge'), args, { stdio: 'ignore' })
        const ended = once(child, 'close')
        await expect.poll(outOfService, { interval: 20 }).toEqual(['api1'])
        child.kill('SIGKILL')
        await ended
        expect(await outOfService()).toEqual(['api1'])
        await app.instance.must('publish', join(folder, 'public'))
      }).then(({ failed }) => expect(failed).toEqual([]))
      expect(await outOfService()).toEqual([])
    },
  )

  it('a request of twelve seconds lives through a reload of nginx', takes, async () => {
    const on = await hands(app.instance)
    const { failed, answered } = await underClients(app.site, '/api/slow/12000', async () => {
      const inFlight = async () =>
        [...(await loads(balancerPaths(app.instance).admin)).values()].reduce((sum, load) => sum + load.inFlight, 0)
      await expect.poll(inFlight).toBe(16)
      await on.reload('nginx')
    })
    expect([failed, answered]).toEqual([[], 16])
  })
})
