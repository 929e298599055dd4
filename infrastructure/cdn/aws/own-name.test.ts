import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withSite } from '../fetch.ts'
import type { OnAws } from '../endpoint.ts'
import { cdnSettings } from '../settings.ts'
import { listen } from '../../../test/listen.ts'
import { leadsToCloudFront, reached, recordOf } from './own-name.ts'

let server: Server
let address = ''
let headers: Readonly<Record<string, string>> = {}
beforeAll(async () => {
  server = createServer((_, response) => response.writeHead(403, headers).end())
  address = `http://127.0.0.1:${await listen(server)}`
})
afterAll(async () => {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
})

const ofCloudFront = { 'x-amz-cf-id': 'a1b2' }
const ofAnother = { server: 'the site before' }
const record = { name: 'www.example.com', type: 'CNAME', value: 'localhost' } as const
const known = {
  on: 'aws',
  domain: 'www.example.com',
  settings: cdnSettings.parse({}),
  routes: [],
  published: async () => undefined,
  store: { address: 'https://bucket.example.com/', releases: async () => [] },
} as const
const endpoint = (): OnAws => ({ ...known, https: address, http: address })

describe('a name of one’s own', () => {
  it('needs a record that leads to the distribution', () => {
    expect(recordOf('https://www.example.com', 'd1.cloudfront.net')).toEqual({ ...record, value: 'd1.cloudfront.net' })
  })

  it('needs none where the site has CloudFront’s, nor where nobody said which that is', () => {
    expect(recordOf('https://d1.cloudfront.net', 'd1.cloudfront.net')).toBeUndefined()
    expect(recordOf('https://www.example.com', undefined)).toBeUndefined()
  })

  it('leads to CloudFront where that answers, whatever it says', async () => {
    headers = ofCloudFront
    expect(await leadsToCloudFront(address)).toBe(true)
    headers = ofAnother
    expect(await leadsToCloudFront(address)).toBe(false)
    expect(await leadsToCloudFront('http://127.0.0.1:1')).toBe(false)
  })
})

describe('a site on AWS', () => {
  it('is looked at by its name as soon as that leads there', async () => {
    headers = ofCloudFront
    expect(await reached(endpoint(), record)).toEqual({ endpoint: endpoint() })
  })

  it('is looked at at the distribution’s address before, and says what its name needs', async () => {
    headers = ofAnother
    const found = await reached(endpoint(), record)
    expect(found).toEqual({ endpoint: { ...endpoint(), connectTo: '127.0.0.1' }, missing: record })
  })

  it('is asked there for itself, by its own name', async () => {
    headers = ofAnother
    const { port } = new URL(address)
    const distribution = createServer(({ headers: { host } }, response) => response.end(`distribution of ${host}`))
    distribution.listen(Number(port), '127.0.0.2')
    await once(distribution, 'listening')
    const site = { ...endpoint(), https: `http://localhost:${port}` }
    const { endpoint: found } = await reached(site, { ...record, value: '127.0.0.2' })
    const { body } = await withSite(found, (client) => client.ask('/'))
    distribution.close()
    await once(distribution, 'close')
    expect(body.toString()).toBe(`distribution of localhost:${port}`)
  })

  it('is looked at by its name where the distribution is not found', async () => {
    headers = ofAnother
    const unknown = { ...record, value: 'no host' }
    expect(await reached(endpoint(), unknown)).toEqual({ endpoint: endpoint(), missing: unknown })
  })

  it('is looked at where an emulator has it, and no name is asked for', async () => {
    const emulated = { ...endpoint(), https: 'https://site.invalid', connectTo: '127.0.0.1' }
    expect(await reached(emulated, record)).toEqual({ endpoint: emulated })
  })

  it('that an older version deployed is looked at by its name', async () => {
    expect(await reached(endpoint(), undefined)).toEqual({ endpoint: endpoint() })
  })
})
