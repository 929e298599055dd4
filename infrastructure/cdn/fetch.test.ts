import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listen } from '../../test/listen.ts'
import { ask, connections, siteClient } from './fetch.ts'

/** A site that answers any path with it, and one path drop by drop, for ever. */
const site = createServer((request, response) => {
  if (request.url !== '/drops') return response.end(request.url)
  const drops = setInterval(() => response.write('.'), 20)
  response.once('close', () => clearInterval(drops))
})
let https = ''
beforeAll(async () => {
  https = `http://127.0.0.1:${await listen(site)}`
})
afterAll(() => {
  site.closeAllConnections()
  site.close()
})

it('waits for no answer that comes drop by drop, for ever', async () => {
  const through = connections(1)
  await expect(ask(`${https}/drops`, through, {}, 8000, 200)).rejects.toThrow('is not answered within 0.2 s')
  through.close()
})

it('asks this site for a path that begins like the name of another one', async () => {
  const client = await siteClient({ https })
  expect((await client.ask('//elsewhere.example/x')).body.toString()).toBe('//elsewhere.example/x')
  await client.close()
})
