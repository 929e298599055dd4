import { expect, test } from 'vitest'
import { placeNow, placeThen } from './moved.ts'

const where = { state: '/mnt/new', paths: { catalog: '/mnt/new/backup/noted/own/catalog' } }
const before = ['/srv/old/uploads', '/srv/elsewhere', '/srv/old/backup/noted/own/catalog']

test.each([
  ['/srv/old/uploads', '/mnt/new/uploads'],
  ['/srv/old/backup/noted/own/catalog', '/mnt/new/backup/noted/own/catalog'],
])('of an instance that was moved, %s lies at %s now, and was called so in the backup', (then, now) => {
  expect([placeNow(where, before, then), placeThen(where, before, now)]).toEqual([now, then])
})

test('what never lay below the state stays where it is', () => {
  expect(placeNow(where, before, '/srv/elsewhere')).toBe('/srv/elsewhere')
  expect(placeThen(where, before, '/srv/elsewhere')).toBe('/srv/elsewhere')
  expect(placeNow(where, before, '/srv/older/uploads')).toBe('/srv/older/uploads')
})

test('of an instance that stayed, and of a backup that names no catalog, every path is the same', () => {
  const same = ['/mnt/new/uploads', '/mnt/new/backup/noted/own/catalog']
  for (const of of [same, ['/mnt/new/uploads']])
    expect(placeNow(where, of, '/mnt/new/uploads')).toBe('/mnt/new/uploads')
})

test('of an instance whose repository lay elsewhere too, the paths are found all the same', () => {
  const then = ['/srv/old/uploads', '/srv/old/backup/noted/mnt-disk/catalog']
  expect(placeThen(where, then, '/mnt/new/uploads')).toBe('/srv/old/uploads')
  expect(placeNow(where, then, '/srv/old/uploads')).toBe('/mnt/new/uploads')
  // A folder of the same name that somebody uploaded.
  expect(placeThen(where, ['/srv/a/uploads/catalog', ...then], '/mnt/new/uploads')).toBe('/srv/old/uploads')
})
