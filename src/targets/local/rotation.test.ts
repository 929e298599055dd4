import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { endRotation, readRotation, type RotationFile, rotationOf, writeRotation } from './rotation.ts'
import { ensureSecrets, readSecrets, writeSecrets } from './secrets.ts'

const names = ['app', 'backup']
const begun: RotationFile = { stage: 'aside', spare: 'spare', before: { app: 'one' }, after: { app: 'two' } }

let state: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-'))
  await ensureSecrets(state, names)
  await writeSecrets(state, { app: 'one', backup: 'key' })
})
afterEach(() => rm(state, { recursive: true }))

it('is none where none was begun, and none when it has ended', async () => {
  expect(await readRotation(state)).toBeUndefined()
  await writeRotation(state, begun)
  await endRotation(state)
  expect(await readRotation(state)).toBeUndefined()
  await endRotation(state)
})

it('leaves nothing of a secret that was just being written when somebody killed it', async () => {
  const before = await readdir(join(state, 'secrets'))
  await writeFile(join(state, 'secrets', '.4546a58b9044.new'), 'half')
  await writeRotation(state, begun)
  await endRotation(state)
  expect(await readdir(join(state, 'secrets'))).toEqual(before)
})

it.each([
  ['aside', 'one'],
  ['back', 'two'],
  ['over', 'two'],
] as const)('says which secrets count, whatever was written by then: %s', async (stage, app) => {
  await writeRotation(state, { ...begun, stage })
  expect(await readSecrets(state, names)).toEqual({ app, backup: 'key' })
  expect((await ensureSecrets(state, names)).secrets).toEqual({ app, backup: 'key' })
})

it('is for its user alone', async () => {
  await writeRotation(state, begun)
  expect((await stat(join(state, 'secrets', 'rotation'))).mode & 0o777).toBe(0o600)
})

it('is refused where its file is damaged: neither secret is known to count', async () => {
  await writeFile(join(state, 'secrets', 'rotation'), '{"stage":"asi')
  await expect(readSecrets(state, names)).rejects.toThrow('is damaged')
})

it('is seen by rooms as long as anybody may use the spare way', () => {
  expect(rotationOf(undefined)).toBeUndefined()
  expect(rotationOf(begun)).toEqual(begun)
  expect(rotationOf({ ...begun, stage: 'over' })).toBeUndefined()
})
