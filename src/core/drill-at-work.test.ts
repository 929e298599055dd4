import { expect, it } from 'vitest'
import { ownPid } from './process.ts'
import { isAtWorkBy } from './drill-at-work.ts'

const noted = (pid: number, hoursAgo = 0): string =>
  JSON.stringify({ alarm: 'replicaLag', pid, at: new Date(Date.now() - hoursAgo * 3_600_000).toISOString() })

it('takes a drill for at work while its process runs', () => {
  expect(isAtWorkBy(noted(ownPid))).toBe(true)
  expect(isAtWorkBy(noted(2 ** 30))).toBe(false)
})

it('takes a process that has the number of a drill of long ago for another one', () => {
  expect(isAtWorkBy(noted(ownPid, 4))).toBe(false)
})

it.each(['', '{', '{"alarm":"replicaLag","pid":', noted(ownPid).slice(0, 40)])(
  'takes a note that was cut off for one of a drill that is gone: %s',
  (note) => {
    expect(isAtWorkBy(note)).toBe(false)
  },
)
