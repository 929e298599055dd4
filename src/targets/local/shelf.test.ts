import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { testWorld } from '../../../test/world.ts'
import { Shelf } from './shelf.ts'

const { world } = testWorld()
let folder = ''
let shelf: Shelf<{ id: string }>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-shelf-'))
  shelf = new Shelf(folder, z.object({ id: z.string() }), 0o700)
  await shelf.prepare(undefined)
})
afterEach(() => rm(folder, { recursive: true }))

const put = async (id: string): Promise<void> => {
  await shelf.put(id, world, (aside) => writeFile(join(aside, 'file'), id))
  await writeFile(shelf.manifest(id), JSON.stringify({ id }))
}

it('puts a folder in place when it is filled, and takes away one that could not be', async () => {
  const full = shelf.put('one', world, async (aside) => {
    await writeFile(join(aside, 'file'), 'half')
    throw new Error('no space left on device')
  })
  await expect(full).rejects.toThrow('no space left')
  expect(await readdir(shelf.releases)).toEqual([])
  await put('one')
  expect(await readdir(shelf.root('one'))).toEqual(['file'])
})

it('knows those whose lists are whole, and neither a damaged one nor the copy of another one', async () => {
  await put('one')
  await writeFile(shelf.manifest('two'), '{"id":')
  await writeFile(shelf.manifest('one.bak'), JSON.stringify({ id: 'one' }))
  expect(await shelf.whole()).toEqual([{ id: 'one' }])
  expect(await shelf.lists()).toHaveLength(3)
})

it('clears away folders that have no list, but for the one in use', async () => {
  await put('one')
  for (const id of ['.half', 'lost', 'left']) await mkdir(shelf.root(id))
  await writeFile(join(shelf.manifests, '.1.new'), '')
  await shelf.prepare('lost')
  expect((await readdir(shelf.releases)).toSorted()).toEqual(['lost', 'one'])
  expect(await readdir(shelf.manifests)).toEqual(['one.json'])
})
