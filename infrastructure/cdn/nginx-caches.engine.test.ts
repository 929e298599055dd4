import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nginxDirectories, nginxSockets } from '../../src/engines/nginx.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { testWorld } from '../../test/world.ts'
import { askCold } from './check-origin.ts'
import { type Answer, type SiteClient, siteClient } from './fetch.ts'
import { TestEdge } from './proofs/test-edge.ts'
import { purgeOnly } from './releases/caches.ts'

const { world } = testWorld()

const page = '<!doctype html><title>the app</title>'
const chunk = '/assets/app-A1b2C3d4.js'

let edge: TestEdge
let client: SiteClient
const visit = (path: string): Promise<Answer> => client.ask(path)

beforeAll(async () => {
  edge = await TestEdge.make({
    'index.html': page,
    [chunk.slice(1)]: 'const games = 44713\n'.repeat(200),
    'assets/nba.png': 'a picture',
    'fonts/sans.woff2': 'a font',
  })
  client = await siteClient(edge.endpoint)
})
afterAll(async () => {
  await client.close()
  await edge.remove()
})

test('a copy that somebody deleted from the cache on the disk is fetched again', async () => {
  const ofCache = async (): Promise<string> => (await visit(chunk)).header('x-cache')
  await expect.poll(ofCache).toBe('Hit from edge')
  const { cache } = nginxDirectories(edge.instance)
  await world.run(['find', cache, '-type', 'f', '-delete'])
  await expect.poll(ofCache, { timeout: 3000 }).toBe('Miss from edge')
})

test('a copy whose time is over is answered while the new one is fetched in the background', async () => {
  const name = 'aged.png'
  const ofImages = '"~\\.(?i:png|jpg|jpeg|gif|webp|avif|svg|ico)$" "604800";'
  const inLive = join(edge.site, 'live', name)
  await writeFile(inLive, 'the picture before')
  await edge.edit((configuration) => configuration.replace(ofImages, ofImages.replace('604800', '1')))
  const seen: string[] = []
  const look = async (): Promise<string> => {
    const { body, header } = await visit(`/${name}`)
    seen.push(`${header('x-cache')}: ${body.toString()}`)
    return body.toString()
  }
  expect(await look()).toBe('the picture before')
  await writeFile(inLive, 'the picture after it')
  await expect.poll(look).toBe('the picture after it')
  await edge.edit((configuration) => configuration.replace(ofImages.replace('604800', '1'), ofImages))
  expect(seen.slice(1).filter((answer) => !answer.startsWith('Hit from edge'))).toEqual([])
})

test('500 visitors who ask for one cold file at once make one fetch of the origin', async () => {
  const cold = await askCold(edge.endpoint, chunk, 500, world)
  console.log(
    `500 cold requests: ${cold.fetches} fetch of the origin, the slowest answer ${Math.round(cold.slowestMs)} ms`,
  )
  expect({ fetches: cold.fetches, wrong: cold.statuses.filter((status) => status !== 200) }).toEqual({
    fetches: 1,
    wrong: [],
  })
})

test('the cache survives a restart of nginx', async () => {
  await expect.poll(async () => (await visit(chunk)).header('x-cache')).toBe('Hit from edge')
  await edge.restart()
  expect((await visit(chunk)).header('x-cache')).toBe('Hit from edge')
})

describe('while the store is gone', () => {
  const { store } = nginxSockets({ ...exampleInstance, state: '' })
  const cold = '/fonts/sans.woff2'
  const inState = (path: string): string => join(edge.instance.state, path)
  const away = () => rename(inState(store), inState(`${store}.gone`))
  const back = () => rename(inState(`${store}.gone`), inState(store))
  beforeAll(async () => {
    await purgeOnly(nginxSockets(edge.instance), cold.slice(1), '')
    for (const path of ['/', '/assets/nba.png']) await visit(path)
    await away()
    // The shield has connections that are open still.
    await edge.reload()
  })
  afterAll(back)

  test('a page is answered as it was, when its second is over', async () => {
    await expect.poll(async () => (await visit('/')).header('x-cache')).not.toBe('Hit from edge')
    const answer = await visit('/')
    expect([answer.status, answer.body.toString()]).toEqual([200, page])
  })

  test('a file is answered from the cache', async () => {
    expect((await visit('/assets/nba.png')).status).toBe(200)
  })

  test('what is in no cache is a page of 503 that nobody keeps', async () => {
    const answer = await visit(cold)
    expect([answer.status, answer.header('cache-control'), answer.body.toString()]).toEqual([
      503,
      'no-store',
      expect.stringContaining('not available just now'),
    ])
    await back()
    expect((await visit(cold)).status).toBe(200)
    await away()
  })
})
