import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as immediate, setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nginxSockets } from '../../../src/engines/nginx.ts'
import { type SiteClient, siteClient } from '../fetch.ts'
import { damageOf, liveRelease } from './layout.ts'
import { switchTo } from './publish.ts'
import { atomicReleases, keptAssetsHere } from '../check-releases.ts'
import { TestEdge } from '../proofs/test-edge.ts'

const script = (version: number): string => `export const version = ${version}\n`.repeat(1000)
/** A page and forty chunks whose names say which version they are of. */
const version = (number: number): Readonly<Record<string, string>> => ({
  'index.html': `<title>version ${number}</title>`,
  ...Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `assets/chunk-${number}A${String(index).padStart(6, 'x')}.js`,
      script(number),
    ]),
  ),
})
const chunkOf = (number: number): string => `/assets/chunk-${number}Axxxxx0.js`

let edge: TestEdge
let client: SiteClient

beforeEach(async () => {
  edge = await TestEdge.make(version(1), { api: false })
  client = await siteClient(edge.endpoint)
})
afterEach(async () => {
  await client.close()
  await edge.remove()
})

/** A process of its own that publishes what is built, so that it can be killed like one. */
function publishAside(): ChildProcess {
  const program = `import { publishNow } from ${JSON.stringify(join(import.meta.dirname, '../proofs/test-publish.ts'))}
await publishNow(process.argv[1], process.argv[2])`
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', program, edge.built, edge.site], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const names = (...path: string[]): Promise<string[]> => readdir(join(edge.site, ...path)).catch(() => [])
const aside = async (): Promise<string> => (await names('releases')).find((name) => name.startsWith('.')) ?? 'none'

test.each<[string, () => Promise<boolean>]>([
  ['it has begun', async () => (await aside()) !== 'none'],
  ['some files are written', async () => (await names('releases', await aside(), 'assets')).length > 20],
  ['its files are complete', async () => (await names('releases')).filter((name) => name.startsWith('2')).length === 2],
  ['some chunks are kept', async () => (await names('kept', 'assets')).length > 130],
  ['its list is written', async () => (await names('manifests')).filter((name) => name.startsWith('2')).length === 2],
])('killed when %s, a publication leaves a whole release live, and the next one completes', async (_, reached) => {
  await edge.build(version(2))
  const child = publishAside()
  const exit = once(child, 'exit')
  while (child.exitCode === null && !(await reached())) await immediate()
  child.kill('SIGKILL')
  await exit
  const live = await liveRelease(edge.site)
  expect(live && (await damageOf(edge.site, live))).toBeUndefined()
  expect((await client.ask('/')).body.toString()).toMatch(/version [12]/)
  expect((await client.ask(chunkOf(1))).status).toBe(200)

  await edge.publishBuilt()
  expect((await client.ask('/')).body.toString()).toBe('<title>version 2</title>')
  expect((await names('releases')).length).toBe((await names('manifests')).length)
})

test('24 releases follow one another under 16 visitors, and every page that is loaded gets its own chunks', async () => {
  const [deploys, visitors] = [24, 16]
  const done = new AbortController()
  const failures: string[] = []
  let pages = 0
  const visit = async (): Promise<void> => {
    const own = await siteClient(edge.endpoint)
    while (!done.signal.aborted) {
      const page = await own.ask('/')
      const number = Number(/version (\d+)/.exec(page.body.toString())?.[1])
      const chunk = await own.ask(chunkOf(number))
      if (page.status !== 200 || chunk.status !== 200 || chunk.body.toString() !== script(number))
        failures.push(`version ${number}: page ${page.status}, chunk ${chunk.status}`)
      pages += 1
      // Visitors, not a load test.
      await wait(100)
    }
    await own.close()
  }
  const visiting = Promise.all(Array.from({ length: visitors }, visit))
  const publishing = (async () => {
    for (let number = 2; number <= deploys + 1; number += 1) await edge.publish(version(number))
  })().finally(() => done.abort())
  await Promise.all([visiting, publishing])
  console.log(`${deploys} releases, ${visitors} visitors, ${pages} pages with a chunk each, ${failures.length} failed`)
  expect({ failures, manyPages: pages > 500 }).toEqual({ failures: [], manyPages: true })
})

test('going back to the release before is seen at once, and prints how soon', async () => {
  const first = await liveRelease(edge.site)
  await edge.publish(version(2))
  if (!first) throw new Error('nothing is live')
  const flip = await switchTo(
    edge.site,
    first,
    { how: 'rollback', by: 'tester', at: () => new Date() },
    { endpoint: edge.endpoint, sockets: nginxSockets(edge.instance) },
  )
  console.log(
    `seen ${flip.visibleMs} ms after the flip began, ${flip.loads?.failed} of ${flip.loads?.pages} pages failed`,
  )
  expect((await client.ask('/')).body.toString()).toBe('<title>version 1</title>')
  expect(flip.loads?.failed).toBe(0)
})

test.each(['/firebase-messaging-sw.js', '/hero-image-01.jpg', '/post-20260101.html'])(
  '%s, whose name reads like one with a hash, is the live release’s own, before and after a rollback',
  async (path) => {
    const name = path.slice(1)
    const served = async () => (await client.ask(path)).body.toString()
    await edge.publish({ ...version(1), [name]: 'one' })
    const first = await liveRelease(edge.site)
    if (!first) throw new Error('nothing is live')
    expect(await served()).toBe('one')
    await edge.publish({ ...version(1), [name]: 'two' })
    expect(await served()).toBe('two')
    await switchTo(
      edge.site,
      first,
      { how: 'rollback', by: 'tester', at: () => new Date() },
      { endpoint: edge.endpoint, sockets: nginxSockets(edge.instance) },
    )
    expect(await served()).toBe('one')
  },
)

test('a file that open tabs ask for and that comes back with other content is not served from before', async () => {
  const path = '/hero-image-01.jpg'
  const served = async () => (await client.ask(path)).body.toString()
  await edge.publish({ ...version(1), [path.slice(1)]: 'one' })
  await edge.publish(version(2))
  expect(await served()).toBe('one')
  await edge.publish({ ...version(2), [path.slice(1)]: 'two' })
  expect(await served()).toBe('two')
})

test('a file whose name reads like one with a hash breaks no promise to open tabs where it is changed', async () => {
  await edge.publish({ ...version(1), 'admin-settings.css': 'one' })
  await edge.publish({ ...version(2), 'admin-settings.css': 'two' })
  expect(await keptAssetsHere(edge.endpoint)).toMatchObject({ is: 'kept' })
})

test('a page whose name reads like one with a hash is gone when it was deleted', async () => {
  await edge.publish({ ...version(1), 'post-20260101.html': 'post' })
  await edge.publish(version(2))
  expect((await client.ask('/post-20260101.html')).status).toBe(404)
})

test('a check that sets the link anew does not undo a release that goes live meanwhile', async () => {
  for (let number = 2; number < 6; number += 1) {
    const checking = atomicReleases(edge.endpoint)
    await edge.publish(version(number))
    await checking
    expect((await client.ask('/')).body.toString()).toBe(`<title>version ${number}</title>`)
  }
})

test('a new page is seen at once by who has the one before', async () => {
  const before = await client.ask('/')
  await edge.publish(version(2))
  const after = await client.ask('/', { headers: { 'if-none-match': before.header('etag') } })
  expect([after.status, after.body.toString()]).toEqual([200, '<title>version 2</title>'])
})
