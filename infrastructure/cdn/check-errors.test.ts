import { createServer } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { listen } from '../../test/listen.ts'
import { errorsUncached } from './check-errors.ts'
import type { CdnEndpoint } from './endpoint.ts'
import { cdnSettings } from './settings.ts'

const methods: string[] = []
/** Answers what is missing as CloudFront does: DELETE by itself, without a word of keeping. */
const cloudFront = createServer(({ method = '', url }, response) => {
  methods.push(method)
  if (method === 'DELETE') return response.writeHead(403).end()
  if (url === '/') return response.end('<!doctype html><title>Hello</title>')
  return response.writeHead(404, { 'cache-control': 'no-store' }).end()
})
let address = ''
beforeAll(async () => {
  address = `http://127.0.0.1:${await listen(cloudFront)}`
})
beforeEach(() => void (methods.length = 0))
afterAll(() => void cloudFront.close())

const site = () => ({ https: address, http: address, domain: '127.0.0.1' })
const world = { sleep: () => Promise.resolve() }

it('an answer to DELETE is not asked for on AWS, where CloudFront gives it by itself', async () => {
  const endpoint: CdnEndpoint = {
    ...site(),
    on: 'aws',
    settings: cdnSettings.parse({}),
    routes: [],
    published: () => Promise.resolve(undefined),
    store: { address, releases: () => Promise.resolve([]) },
  }
  expect((await errorsUncached(endpoint, world)).is).toBe('kept')
  expect(methods).not.toContain('DELETE')
})

it('an answer to DELETE is asked for elsewhere', async () => {
  expect((await errorsUncached({ ...site(), on: 'elsewhere' }, world)).is).toBe('broken')
  expect(methods).toContain('DELETE')
})
