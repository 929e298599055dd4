import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Between, letThrough } from '../../../test/ministack/between.ts'
import { emulatedBucket } from '../../../test/ministack/bucket.ts'
import { hashOfFile } from '../releases/tree.ts'
import { SiteStore } from './site-store.ts'

let stop: () => Promise<void>
let between: Between
let folder: string
let store: SiteStore
beforeAll(async () => {
  ;({ between, stop } = await emulatedBucket())
  folder = await mkdtemp(join(tmpdir(), 'edge-store-'))
  await writeFile(join(folder, 'app.js'), 'export const games = 44713')
  store = new SiteStore('site', 'us-east-1')
})
afterAll(async () => {
  store.close()
  await stop()
  await rm(folder, { recursive: true, force: true })
})
afterEach(() => {
  between.rule = letThrough
})

const path = (): string => join(folder, 'app.js')
const shown = { name: 'app.js', cacheControl: 'no-cache' }

it('uploads a file again when the connection breaks, and when S3 has an error of its own', async () => {
  let refused = 0
  between.rule = async ({ method }, emulated) => {
    if (method !== 'PUT' || refused === 4) return emulated()
    refused += 1
    return refused % 2 === 0 ? 'hang up' : { status: 500, body: '<Error><Code>InternalError</Code></Error>' }
  }
  await store.putFile('app.js', path(), await hashOfFile(path()), shown)
  expect([refused, await store.list('')]).toEqual([4, ['app.js']])
})

it('uploads no file that was changed after it was read', async () => {
  const before = await hashOfFile(path())
  await writeFile(path(), 'of the next build')
  await expect(store.putFile('later.js', path(), before, shown)).rejects.toThrow('was changed while it was published')
  expect(await store.list('later')).toEqual([])
})
