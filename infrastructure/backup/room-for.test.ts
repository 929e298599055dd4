import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CatalogEntry } from './catalog.ts'
import { NotVerified } from './not-verified.ts'
import { requireRoom, requireRoomToVerify } from './room-for.ts'

/** More than any disk has. */
const huge = 1024 ** 5
const tree = { snapshot: 'a', paths: [], files: 1, bytes: 1, hashes: {} }
const entry: CatalogEntry = {
  number: 1,
  at: '2026-01-01T03:00:00.000Z',
  tiers: ['daily'],
  took: 1,
  database: {
    labels: ['a'],
    bytes: 1,
    major: 15,
    collation: 'none',
    architecture: 'any',
    recovery: {},
    point: '2026-01-01 03:00:00+00',
    markers: { before: 'a', after: 'b' },
    fingerprints: {},
    sumsBy: 'bytes',
  },
  files: tree,
}

test.each([
  ['the database', { ...entry, database: { ...entry.database, bytes: huge } }],
  ['the files', { ...entry, files: { ...tree, bytes: huge } }],
  ['the state', { ...entry, state: { ...tree, bytes: huge } }],
])('a verification does not begin where %s would fill the disk', async (what, large) => {
  const refused = requireRoomToVerify(join(tmpdir(), 'not', 'there'), large)
  await expect(refused).rejects.toBeInstanceOf(NotVerified)
  await expect(refused).rejects.toMatchObject({
    message: expect.stringMatching(new RegExp(`MB free below /.* MB needed .*${what} 1073741824 MB`)),
    hints: [expect.stringContaining('free some space')],
  })
})

test('a restore does not begin where it would fill the disk', async () => {
  await expect(requireRoom(tmpdir(), { 'the database': huge })).rejects.toMatchObject({
    where: '--into',
    hints: [expect.stringContaining('another disk')],
  })
})

test('a restore leaves a margin to the live database, which writes on the same disk', async () => {
  const { bavail, bsize } = await statfs(tmpdir())
  const allButHalfOfIt = bavail * bsize - 1024 ** 3 / 2
  await expect(requireRoom(tmpdir(), { 'the database': allButHalfOfIt })).rejects.toThrow('a margin')
})
