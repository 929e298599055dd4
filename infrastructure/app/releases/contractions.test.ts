import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { siteSettings } from '../settings.ts'
import { noteContraction, takenSince } from './contractions.ts'
import { apiLayout } from './layout.ts'

const site = siteSettings.parse({
  static: 'web',
  api: { command: ['node', 'server.js'], health: '/api/health', sources: ['server.js'] },
})

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'edge-contractions-'))
  await writeFile(join(directory, 'server.js'), 'own')
})
afterEach(() => rm(directory, { recursive: true }))

const where = () => ({ directory, state: join(directory, 'state') })
/** A published API, by what it is made of. */
async function published(id: string, fingerprint = id): Promise<void> {
  const path = apiLayout(where().state).shelf.manifest(id)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, JSON.stringify({ id, fingerprint, entries: {} }))
}
const note = (api: string, ...names: string[]) =>
  noteContraction(where(), site, { at: '2026-11-27T08:00:00Z', api, names })
const taken = (api: string | undefined) => takenSince(where(), site, api)

it('nothing was taken away before anything was', async () => {
  await published('one')
  expect([await taken('one'), await taken(undefined)]).toEqual([[], []])
})

it('what was taken away is missed by each API that there was before, and by none that came then', async () => {
  await published('one')
  await published('two')
  await note('two', 'public.items.price')
  await published('three')
  expect([await taken('one'), await taken('two'), await taken('three')]).toEqual([['public.items.price'], [], []])
  await note('three', 'public.items.size')
  expect([await taken('one'), await taken('two')]).toEqual([
    ['public.items.price', 'public.items.size'],
    ['public.items.size'],
  ])
})

it('is missed by the same program when that is published once more, as another copy', async () => {
  await published('one')
  await published('two')
  await note('two', 'public.items.price')
  await published('one.2', 'one')
  expect(await taken('one.2')).toEqual(['public.items.price'])
})

it('is missed by the API of the configuration, until its own sources change', async () => {
  await published('two')
  await note('two', 'public.items.price')
  expect(await taken(undefined)).toEqual(['public.items.price'])
  await writeFile(join(directory, 'server.js'), 'changed since')
  expect(await taken(undefined)).toEqual([])
})
