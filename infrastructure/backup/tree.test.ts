import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hashesAround, treeDifference } from './tree.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tree-'))
  file = join(folder, 'one')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const nothing = async (): Promise<void> => undefined
const then = new Date('2026-01-31T12:00:00Z')

it('reads a file again only where it does not look as it did', async () => {
  const old = import.meta.filename
  const { hashed } = await hashesAround([dirname(old)], nothing)
  const known = { [old]: { touched: hashed[old]?.touched ?? '', hash: 'noted before' } }
  expect((await hashesAround([dirname(old)], nothing, known)).hashed[old]?.hash).toBe('noted before')
})

it('reads a file again that was written a moment ago: another change may have the same times', async () => {
  await writeFile(file, 'as it was')
  const { hashed } = await hashesAround([folder], nothing)
  const known = { [file]: { touched: hashed[file]?.touched ?? '', hash: 'noted before' } }
  expect((await hashesAround([folder], nothing, known)).hashed[file]?.hash).toBe(hashed[file]?.hash)
})

it('reads a file again whose content is another one, though its length and its time are the same', async () => {
  await writeFile(file, 'as it was')
  await utimes(file, then, then)
  const { hashed } = await hashesAround([folder], nothing)
  await writeFile(file, 'as it is.')
  await utimes(file, then, then)
  const again = await hashesAround([folder], nothing, hashed)
  expect(again.hashed[file]?.hash).not.toBe(hashed[file]?.hash)
})

it('leaves out what is written while the work is done', async () => {
  await writeFile(file, 'as it was')
  const { hashed } = await hashesAround([folder], () => writeFile(file, 'as it is now'))
  expect(hashed).toEqual({})
})

it('differs from what was backed up where a file is another one, or missing, or where there is nothing to compare', async () => {
  await writeFile(file, 'as it was')
  const { hashed } = await hashesAround([folder], nothing)
  const hashes = { [file]: hashed[file]?.hash ?? '' }
  expect(await treeDifference(hashes, '/')).toBeUndefined()
  expect(await treeDifference({ ...hashes, [`${folder}/two`]: 'x' }, '/')).toBe(`${folder}/two is missing`)
  await writeFile(file, 'as it is.')
  expect(await treeDifference(hashes, '/')).toBe(`${file} has other content`)
  expect(await treeDifference({}, '/')).toBe('there is no file to compare')
})

it('differs where what came back is a link to what was backed up', async () => {
  const [live, restored] = [join(folder, 'live'), join(folder, 'restored')]
  for (const made of [live, join(restored, folder)]) await mkdir(made, { recursive: true })
  await writeFile(join(live, 'one'), 'as it was')
  const { hashed } = await hashesAround([live], nothing)
  const hashes = { [join(live, 'one')]: hashed[join(live, 'one')]?.hash ?? '' }
  expect(await treeDifference(hashes, restored)).toBe(`${live}/one is missing`)
  await symlink(live, join(restored, live))
  expect(await treeDifference(hashes, restored)).toBe(`${live}/one lies behind a link, and did not come back itself`)
})
