import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type SiteClient, siteClient } from '../fetch.ts'
import { listen } from '../../../test/listen.ts'
import { observeFlip } from './observe.ts'

/** A site that never shows the new page. */
const site = createServer((_, response) => response.end('<title>the page before</title>'))
let client: SiteClient
beforeAll(async () => {
  client = await siteClient({ https: `http://127.0.0.1:${await listen(site)}` })
})
afterAll(async () => {
  await client.close()
  site.close()
})

const release = { id: '1', fingerprint: '', publishedAt: '', by: '', bytes: 0, files: { 'index.html': 'the new page' } }
const anHourMs = 3_600_000

it('stops looking for the new page on Ctrl-C', async () => {
  const interrupted = new AbortController()
  const flip = async (): Promise<void> => interrupted.abort()
  const observed = await observeFlip(client, release, flip, anHourMs, { signal: interrupted.signal })
  expect(observed.visibleMs).toBeUndefined()
})
