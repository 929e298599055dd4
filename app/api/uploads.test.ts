import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { uploadsIn } from './uploads.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'app-uploads-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('gives back what was saved last', async () => {
  const uploads = uploadsIn(folder)
  await uploads.saveAvatar('demo', Buffer.from('first'))
  await uploads.saveAvatar('demo', Buffer.from('second'))
  expect(String(await uploads.readAvatar('demo'))).toBe('second')
})

test('has nothing of an account that saved nothing', async () => {
  const uploads = uploadsIn(folder)
  expect(await uploads.readAvatar('demo')).toBeUndefined()
  expect(await uploads.hasAvatar('demo')).toBe(false)
})

test('leaves nothing beside the file', async () => {
  const uploads = uploadsIn(folder)
  await Promise.all(['a', 'b', 'c'].map((text) => uploads.saveAvatar('demo', Buffer.from(text))))
  expect(await readdir(join(folder, 'avatars'))).toEqual(['demo'])
})

test('says when the folder is gone', async () => {
  await rm(folder, { recursive: true })
  await expect(uploadsIn(folder).check()).rejects.toThrow('ENOENT')
})
