import { expect, it } from 'vitest'
import { roomFor } from './room-for.ts'

const files = (hard: string) =>
  `Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 ${hard}              files\n`
const ports = '32768\t60999\n'

it('has room for the users of each scenario on a machine as it comes', () => {
  expect(roomFor({ files: files('524288'), ports }, { users: 1000 }, 18)).toBeUndefined()
  expect(roomFor({ files: files('unlimited'), ports }, { users: 1000 }, 18)).toBeUndefined()
})

it('says how many open files are needed where they are bounded', () => {
  expect(roomFor({ files: files('4096'), ports }, { users: 1000 }, 18)).toEqual({
    what: '1000 users need 6200 open files, and this process may have 4096',
    next: 'ulimit -Hn 6200',
  })
})

it('counts those whom a standstill keeps, where journeys begin by the clock', () => {
  const by = (hard: string) => roomFor({ files: files(hard), ports }, { users: 1000, most: 4000 }, 18)
  expect(by('24199')).toEqual({
    what: '1000 users, and those who wait beside them, 4000 in all, need 24200 open files, and this process may have 24199',
    next: 'ulimit -Hn 24200',
  })
  expect(by('24200')).toBeUndefined()
})

it('says how many ports are taken where journeys are short', () => {
  expect(roomFor({ files: files('524288'), ports }, { users: 1000 }, 1)?.what).toBe(
    '1000 users take 181000 ports within a minute, and this machine has 28232 (32768 to 60999)',
  )
})
