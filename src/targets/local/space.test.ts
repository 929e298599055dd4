import { expect, test } from 'vitest'
import { bytes } from '../../core/units.ts'
import { type Space, spaceAt, spaceProblems } from './space.ts'

const needs = [
  {
    path: '/var/lib/edge/not-there/yet',
    size: bytes('1 GB'),
    what: 'the instance',
    instead: 'choose another in `state`',
  },
  { path: '/usr', size: bytes('340 MB'), what: 'packages' },
]
const disks =
  (usr: Space, others: Space) =>
  async (path: string): Promise<Space> =>
    path === '/usr' ? usr : others

test('adds up what is needed on one file system', async () => {
  const disk = { fileSystem: 1, free: bytes('1.2 GB') }
  expect(await spaceProblems(needs, disks(disk, disk))).toEqual([
    {
      where: 'disk',
      what: expect.stringMatching(
        /^1228 MB free below \/var\S* and \/usr, 1364 MB needed \(the instance 1024 MB, packages 340 MB\)$/,
      ),
      hint: 'free some space, or choose another in `state`',
    },
  ])
})

test('holds two file systems apart, and names the one that is too full', async () => {
  const [usr, others] = [
    { fileSystem: 1, free: bytes('300 MB') },
    { fileSystem: 2, free: bytes('1 GB') },
  ]
  expect(await spaceProblems(needs, disks(usr, others))).toEqual([
    { where: 'disk', what: '300 MB free below /usr, 340 MB needed (packages 340 MB)', hint: 'free some space' },
  ])
})

test('names each file system that is too full', async () => {
  const [usr, others] = [
    { fileSystem: 1, free: bytes('0 MB') },
    { fileSystem: 2, free: bytes('0 MB') },
  ]
  expect(await spaceProblems(needs, disks(usr, others))).toHaveLength(2)
})

test('finds a disk full that is', async () => {
  expect(await spaceProblems([{ path: import.meta.dirname, size: bytes('1000000 TB'), what: 'all' }])).toHaveLength(1)
  expect(await spaceProblems([{ path: import.meta.dirname, size: bytes('1 B'), what: 'a letter' }])).toEqual([])
})

test('tells by the file system that two folders share a disk', async () => {
  const [one, other, elsewhere] = await Promise.all(['/usr/bin', '/usr/lib', '/proc'].map(spaceAt))
  expect(one?.fileSystem).toBe(other?.fileSystem)
  expect(elsewhere?.fileSystem).not.toBe(one?.fileSystem)
})
