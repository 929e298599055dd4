import { expect, test } from 'vitest'
import { withFolder } from '../../test/with-folder.ts'
import { lastOf, replayed, replayedIn, whileReplaying } from './replay.ts'
import { nameOf } from './timeline.ts'

test.each([
  ['postgres: startup recovering 000000010000000100000003', 259],
  // All before it is replayed.
  ['postgres: edge: startup   waiting for 000000020000000100000003', 259],
  ['postgres: startup', undefined],
  ['postgres: startup waiting for 00000003.history', undefined],
  ['postgres: walreceiver streaming 1/3000000', undefined],
  ['postgres: app app [local] idle in startup recovering 000000010000000100000003 ', undefined],
])('a process that is called %s is at the segment %s', (title, number) => {
  expect(replayedIn(title)).toBe(number)
})

const mb = 1024 ** 2

test.each([
  ['at its beginning', { first: 5, at: 5, last: 6 }, [0, 32 * mb]],
  ['in its last segment', { first: 5, at: 6, last: 6 }, [16 * mb, 32 * mb]],
  ['beyond what was taken for the last one', { first: 5, at: 8, last: 6 }, [48 * mb]],
  ['to where nobody knows', { first: 5, at: 8 }, [48 * mb]],
])('a recovery %s has come so far', (_, seen, far) => {
  expect(replayed(seen)).toEqual(far)
})

const segments = (timeline: number, from: number, until: number, at: (number: number) => number) =>
  Array.from({ length: until - from + 1 }, (__, index) => {
    const number = from + index
    return [nameOf({ timeline, number }), at(number)] as const
  })
const minute = (number: number): number => number * 60_000

test('the last segment of a recovery is the first one that was archived after its moment, else the newest one', () => {
  const archived = new Map(segments(1, 3, 9, minute))
  expect(lastOf(archived, { to: new Date(minute(5) + 1) })).toBe(6)
  expect(lastOf(archived, { to: new Date(minute(5)) })).toBe(5)
  expect(lastOf(archived, { to: new Date(minute(10)) })).toBe(9)
  expect(lastOf(archived, {})).toBe(9)
  expect(lastOf(new Map(), {})).toBeUndefined()
})

test('what a restore took away is no part of the log of the timeline that came of it', () => {
  const past = segments(1, 3, 40, minute)
  const archived = new Map([...past, ...segments(2, 10, 12, (number) => minute(100 + number))])
  expect(lastOf(archived, {})).toBe(12)
  expect(lastOf(archived, { timeline: 1 })).toBe(40)
  expect(lastOf(archived, { to: new Date(minute(20)) })).toBe(10)
})

test('a copy on which nothing runs says no more than what is done', () =>
  withFolder(async (data) => {
    const said: string[] = []
    const wait = () => new Promise<string>((resolve) => setTimeout(() => resolve('done'), 600))
    const how = { say: (text: string) => void said.push(text), name: 'recovering', last: async () => 1 }
    const stdout = { write: () => undefined, isTTY: true, columns: 100 }
    expect(await whileReplaying({ data }, how, wait, { stdout })).toBe('done')
    expect(said).toEqual(['recovering'])
  }))
