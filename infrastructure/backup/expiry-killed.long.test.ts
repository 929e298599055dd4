import { beforeAll, expect, it } from 'vitest'
import { leaveReport } from '../../test/long-report.ts'
import { runDated } from './proofs/test-dated-run.ts'
import type { ExpiryKilled } from './proofs/test-expiry-killed.ts'

const points = 8

let seen: ExpiryKilled
beforeAll(async () => {
  seen = await runDated('test-expiry-killed.ts', String(points))
  await leaveReport('expiry-killed', seen)
}, 40 * 60_000)

it('was at work nearly each time', () => {
  expect(seen.killed.filter(({ isAtWork }) => isAtWork).length).toBeGreaterThanOrEqual(points - 2)
})

it('nothing is lost that was to stay: the new backup, the one before it, and the second of each in between', () => {
  for (const { number, after, copy } of seen.killed) {
    expect(after.bad).toBe(0)
    for (const good of after.good) expect([number, good.slice(-2)]).toEqual([number, [number - 1, number]])
    for (const times of [...after.files, ...after.state]) expect([number, times.at(-1)]).toEqual([number, number])
    expect(copy).toMatchObject({ day: number, rows: ['before'] })
  }
})

it('the next backup takes away all that is over its time, and leaves no lock', () => {
  for (const { next } of seen.killed)
    expect(next).toEqual({
      number: next.number,
      locks: [],
      good: [
        [next.number - 1, next.number],
        [next.number - 1, next.number],
      ],
      bad: 0,
      files: [[next.number], [next.number]],
      state: [[next.number], [next.number]],
    })
})

it('what is left in both repositories is whole, and nobody was told of anything', () => {
  expect([seen.second, seen.problem, seen.messages]).toEqual(['read', undefined, []])
})
