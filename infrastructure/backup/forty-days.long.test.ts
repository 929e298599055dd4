import { beforeAll, describe, expect, it } from 'vitest'
import { dayMs } from '../../src/core/units.ts'
import { leaveReport } from '../../test/long-report.ts'
import { runDated } from './proofs/test-dated-run.ts'
import type { FortyDays } from './proofs/test-forty-days.ts'

const days = 40
/** What is promised, and of files what the program configures. */
const keep = { daily: 7 * dayMs, weekly: 30 * dayMs, monthly: 90 * dayMs, files: 20 * dayMs, state: 7 * dayMs }

let seen: FortyDays
beforeAll(async () => {
  seen = await runDated('test-forty-days.ts', String(days))
  await leaveReport('forty-days', seen)
}, 50 * 60_000)

/** When the last backup was made: between two of them nothing expires. */
const lastAt = (at: number): number => Math.max(...seen.made.map((made) => made.at).filter((made) => made <= at))

/** What was made until then and is younger than it is kept, and nothing else. */
const young = (times: readonly number[], now: number, keepMs: number): readonly number[] =>
  times.filter((time) => time <= now && now - time <= keepMs)

describe(`after each backup of ${days} days, in both repositories`, () => {
  it('each promised backup of the database is there, and no other one', () => {
    for (const { at: now, backups } of seen.seen) {
      const at = lastAt(now)
      const promised = seen.made.filter((one) => one.at <= at && one.tiers.some((tier) => at - one.stop <= keep[tier]))
      expect([at, backups[0]]).toEqual([at, promised.map(({ labels }) => labels[0])])
      expect([at, backups[1]]).toEqual([at, promised.map(({ labels }) => labels[1])])
    }
  })

  it.each(['files', 'state'] as const)('each promised snapshot of %s is there, and no other one', (what) => {
    const all = [...new Set(seen.seen.flatMap((one) => one[what][0] ?? []))].toSorted()
    expect(all.length).toBe(seen.made.length)
    for (const one of seen.seen) {
      const at = lastAt(one.at)
      expect([at, one[what][0]]).toEqual([at, young(all, at, keep[what])])
      expect([at, one[what][1]]).toEqual([at, young(all, at, keep[what])])
    }
  })

  it('some of each kind have expired', () => {
    const last = seen.seen.at(-1)
    expect(last?.backups[0]?.length).toBeLessThan(seen.made.length)
    expect(last?.files[0]?.length).toBeLessThan(seen.made.length)
    expect(last?.state[0]?.length).toBeLessThan(last?.files[0]?.length ?? 0)
  })

  it('edge says on each day that all of it is kept', () => {
    const verdicts = seen.seen.flatMap(({ verdicts: all }) => Object.values(all ?? {}))
    expect(verdicts.length).toBeGreaterThanOrEqual(5 * days)
    expect(new Set(verdicts)).toEqual(new Set(['kept']))
  })
})

describe('what can be restored', () => {
  it('a moment of before three backups within ten minutes, from each repository', () => {
    expect(seen.three).toHaveLength(8)
    for (const { what, day, rows, error } of seen.three)
      expect({ error, what: Number(what.split(' ')[1]), rows }).toEqual({ what: day, rows: ['morning', 'nine'] })
  })

  it('a moment of 24 hours ago', () => {
    expect(seen.dayAgo).toMatchObject({ day: days - 2, rows: ['morning', 'nine'] })
  })

  it('each backup that is there, by the time at which it was made, however long its logs are gone', () => {
    expect(seen.each.map(({ what }) => what)).toEqual(seen.seen.at(-1)?.backups[0])
    for (const { what, to, day, rows, error } of seen.each)
      expect({ what, error, day, first: rows?.[0] }).toEqual({
        what,
        day: Math.floor((Date.parse(to) - seen.first) / dayMs),
        first: 'morning',
      })
  })

  it('a file as it was nearly as long ago as any is kept', () => {
    expect(seen.letter.text).toBe(`of day ${seen.letter.day}`)
  })
})
