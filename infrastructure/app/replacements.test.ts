import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lastReplacement, noteReplacement, type Replacement } from './replacements.ts'

let state: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-replacements-'))
})
afterEach(() => rm(state, { recursive: true }))

const replacement = (verb: string): Replacement => ({
  at: '2026-01-01T03:42:00.000Z',
  verb,
  processes: [{ engine: 'api1', drained: true, inFlight: 3, left: 0, waitedMs: 400, cut: 0 }],
  own: { asked: 41, failed: 0 },
})

test('the last one is the one that was noted last', async () => {
  expect(await lastReplacement(state)).toBeUndefined()
  await noteReplacement(state, replacement('publish'), 4000, { api1: 'f00d' })
  await noteReplacement(state, replacement('rollback'), 4000, { api1: 'beef' })
  expect(await lastReplacement(state)).toEqual(replacement('rollback'))
})

test('what version 0.2 noted counts until the next one', async () => {
  await mkdir(join(state, 'api'))
  await writeFile(join(state, 'api', 'replacement.json'), JSON.stringify(replacement('publish')))
  expect(await lastReplacement(state)).toEqual(replacement('publish'))
  await noteReplacement(state, replacement('deploy'), 4000, {})
  expect(await lastReplacement(state)).toEqual(replacement('deploy'))
})

test('a damaged one is named, and no older one stands in for it', async () => {
  await noteReplacement(state, replacement('publish'), 4000, {})
  const file = join(state, 'records', 'replacement', '2.json')
  await writeFile(file, '{')
  expect(await lastReplacement(state)).toEqual({ damaged: file })
})
