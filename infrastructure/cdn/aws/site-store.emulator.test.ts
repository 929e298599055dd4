import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { Between, letThrough } from '../../../test/ministack/between.ts'
import { MiniStack } from '../../../test/ministack/ministack.ts'
import { hashOfFile } from '../releases/tree.ts'
import { SiteStore } from './site-store.ts'

let emulator: MiniStack
let between: Between
let folder: string
let store: SiteStore
beforeAll(async () => {
  emulator = await MiniStack.start()
  between = await Between.start(emulator)
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
  folder = await mkdtemp(join(tmpdir(), 'edge-store-'))
  await writeFile(join(folder, 'app.js'), 'export const games = 44713')
  const client = new S3Client({ region: 'us-east-1', forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: 'site' }))
  client.destroy()
  store = new SiteStore('site', 'us-east-1')
})
afterAll(async () => {
  store.close()
  vi.unstubAllEnvs()
  await between.stop()
  await emulator.stop()
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
