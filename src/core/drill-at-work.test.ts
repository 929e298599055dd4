import { expect, it } from 'vitest'
import { ownPid, startOf } from './process.ts'
import { isAtWorkBy } from './drill-at-work.ts'

const noted = (pid: number, hoursAgo = 0, started?: string): string =>
  JSON.stringify({ alarm: 'replicaLag', pid, at: new Date(Date.now() - hoursAgo * 3_600_000).toISOString(), started })

it('takes a drill for at work while its process runs', () => {
  expect(isAtWorkBy(noted(ownPid))).toBe(true)
  expect(isAtWorkBy(noted(2 ** 30))).toBe(false)
})

it('knows its process by its start, however the clock was set since', () => {
  for (const hoursAgo of [-4, 0, 4]) {
    expect(isAtWorkBy(noted(ownPid, hoursAgo, startOf(ownPid)))).toBe(true)
    expect(isAtWorkBy(noted(ownPid, hoursAgo, '1'))).toBe(false)
  }
})

it.each([4, -4])('takes a process that has the number of a drill of %d hours ago for another one', (hoursAgo) => {
  expect(isAtWorkBy(noted(ownPid, hoursAgo))).toBe(false)
})

it.each(['', '{', '{"alarm":"replicaLag","pid":', noted(ownPid).slice(0, 40)])(
  'takes a note that was cut off for one of a drill that is gone: %s',
  (note) => {
    expect(isAtWorkBy(note)).toBe(false)
  },
)
