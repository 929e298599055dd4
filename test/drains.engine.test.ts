import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lastReplacement } from '../infrastructure/app/replacements.ts'
import { buildGo } from './go-program.ts'
import { type EdgeRun, TestInstance } from './instance.ts'
import { type Seen, type Site, underClients } from './slow-clients.ts'
import { testWorld } from './world.ts'

const { world } = testWorld()
const servers = join(import.meta.dirname, 'slow-servers')
const fourSeconds = '/api/slow/4000'
/** A replacement waits twice for requests of four seconds, and is waited for by others like them. */
const takes = { timeout: 240_000 }

let instance: TestInstance
let site: Site
const folder = (name: string): string => join(instance.folder, name)

const kinds = ['Node', 'Python', 'Go'] as const
type Kind = (typeof kinds)[number]

/** Puts a server where the command finds it: an executable `server`, another one each time. */
async function place(kind: Kind, into: string, version: string): Promise<void> {
  const path = join(folder(into), 'server')
  await rm(path, { force: true })
  await mkdir(folder(into), { recursive: true })
  if (kind === 'Go') await copyFile(folder('go-server'), path)
  else await copyFile(join(servers, kind === 'Node' ? 'server.mjs' : 'server.py'), path)
  await writeFile(join(folder(into), 'version'), version)
  await chmod(path, 0o755)
}
const publish = (...more: string[]): Promise<EdgeRun> =>
  instance.edge(['publish', folder('public'), '--api', folder('api'), ...more])

/** What sixteen clients see while a verb goes on, which has to end well. */
const seenDuring = (path: string, work: () => Promise<EdgeRun>): Promise<Seen & { said: string }> => {
  let said = ''
  return underClients(site, path, async () => {
    const ran = await work()
    said = ran.stdout
    expect([ran.code, ran.stderr]).toEqual([0, ''])
  }).then((seen) => ({ ...seen, said }))
}
const verdict = async () => (await instance.verify('app.drains')).get('app.drains')

beforeAll(async () => {
  instance = await TestInstance.make(`
  directory: import.meta.dirname,
  site: {
    static: 'public',
    api: { command: ['./server'], health: '/api/health', sources: ['server', 'version'], environment: { KEEP_ALIVE: '1000' } },
    migrations: undefined,
  },`)
  await mkdir(folder('public'))
  await writeFile(folder('public/index.html'), '<title>slow</title>')
  await buildGo(join(servers, 'server.go'), folder('go-server'), world)
  await place('Node', '.', '0')
  await instance.must('up', '--no-load-test')
  const { addresses, certificateAuthority } = await instance.status()
  site = { https: addresses.site, ca: certificateAuthority }
})
afterAll(() => instance.remove())

it('app.drains is not claimed before anything was replaced', async () => {
  expect(await verdict()).toMatchObject({ verdict: 'notClaimed', because: expect.stringContaining('no process was') })
})

describe.each(kinds)('sixteen clients with requests of four seconds, of a server in %s that ends at once', (kind) => {
  it('see no error while it is published, has another one published, is rolled back, and deployed', takes, async () => {
    await place(kind, 'api', `${kind} 1`)
    expect((await publish()).code).toBe(0)
    await place(kind, 'api', `${kind} 2`)
    const published = await seenDuring(fourSeconds, publish)
    expect(published.failed).toEqual([])
    expect(published.said).toMatch(/replaced +0 requests cut, 0 of \d+ of its own failed/)
    const last = await lastReplacement(instance.state)
    expect(last).toMatchObject({
      verb: 'publish',
      processes: [
        { engine: 'api1', left: 0 },
        { engine: 'api2', left: 0 },
      ],
    })
    expect(last?.processes.every(({ inFlight }) => inFlight > 0)).toBe(true)
    expect((await seenDuring(fourSeconds, () => instance.edge(['rollback']))).failed).toEqual([])
    await place(kind, '.', `${kind} 3`)
    expect((await seenDuring(fourSeconds, () => instance.edge(['deploy', '--yes', 'app']))).failed).toEqual([])
    expect(await verdict()).toMatchObject({ verdict: 'kept' })
  })
})

it(
  'a server that closes a kept connection after a second loses none of the requests that come each second',
  takes,
  async () => {
    await place('Node', 'api', 'keep-alive 1 s')
    const seen = await seenDuring('/api/slow/997', publish)
    expect(seen.failed).toEqual([])
  },
)
