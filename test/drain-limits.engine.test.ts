import { spawn } from 'node:child_process'
import { request } from 'node:https'
import { once } from 'node:events'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { balancerPaths, loads } from '../src/engines/balancer.ts'
import { project } from './instance.ts'
import { SlowApp } from './slow-app.ts'
import { hands } from './sabotaged.ts'
import { underClients } from './slow-clients.ts'

const takes = { timeout: 240_000 }

let app: SlowApp
beforeAll(async () => {
  app = await SlowApp.up()
})
afterAll(() => app.instance.remove())

const outOfService = async (): Promise<readonly string[]> => {
  const all = await loads(balancerPaths(app.instance).admin)
  return [...all].flatMap(([name, { isOut }]) => (isOut ? [name] : []))
}

it(
  'what takes longer than the drain is cut, which the publication says and counts, and ends with 1',
  takes,
  async () => {
    await app.drain('1 second')
    let said = { code: -1 as number | null, stdout: '' }
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
