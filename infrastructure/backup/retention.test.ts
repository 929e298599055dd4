import { array, assert, integer, property, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { dayMs } from '../../src/core/units.ts'
import { expiredSnapshots, expiryOf, expiryRuns, gapBefore, isGood, type Keep, tiersOf } from './retention.ts'

const hourMs = 3_600_000
const keep: Keep = { daily: 7 * dayMs, weekly: 30 * dayMs, monthly: 90 * dayMs, logs: dayMs }
const start = Date.UTC(2026, 0, 1)

type Recorded = Parameters<typeof expiryOf>[0][number]

const recorded = (at: number, tier: string, error = false): Recorded => ({
  label: `${new Date(at).toISOString()}-${tier}`,
  error,
  annotation: { tier },
  timestamp: { start: at / 1000 - 60, stop: at / 1000 },
})

/** What the agent makes on a day, in the order of its hours. */
function madeOn(day: number, failing: ReadonlySet<number>): readonly Recorded[] {
  const date = new Date(start + day * dayMs)
  const at = (hour: number, tier: string): readonly Recorded[] => [
    recorded(date.getTime() + hour * hourMs, tier, failing.has(day)),
  ]
  return [
    ...(date.getUTCDate() === 1 ? at(1, 'monthly') : []),
    ...(date.getUTCDay() === 0 ? at(2, 'weekly') : []),
    ...at(3, 'daily'),
  ]
}

const stopOf = ({ timestamp }: Recorded): number => timestamp.stop * 1000
const days = 400

/** Runs expiry after each backup, as it is run, and hands every moment to `look`. */
function live(
  failing: ReadonlySet<number>,
  extra: ReadonlySet<number>,
  look: (there: readonly Recorded[], all: readonly Recorded[], now: number, keepLogsOf: number) => void,
  kept: Keep = keep,
) {
  let there: readonly Recorded[] = []
  let all: readonly Recorded[] = []
  for (let day = 0; day < days; day += 1) {
    const byHand = extra.has(day)
      ? [0, 4, 8].map((minute) => recorded(start + day * dayMs + 10 * hourMs + minute * 60_000, 'daily'))
      : []
    for (const made of [...madeOn(day, failing), ...byHand]) {
      const now = stopOf(made)
      there = [...there, made]
      all = [...all, made]
      const { labels, keepLogsOf } = expiryOf(there, kept, now)
      there = there.filter(({ label }) => !labels.includes(label))
      look(there, all, now, keepLogsOf)
    }
  }
}

const someDays = array(integer({ min: 0, max: days - 1 }), { maxLength: 30 }).map((found) => new Set(found))

test('keeps every promised recovery point on every day of 400, and deletes nothing else', () => {
  assert(
    property(someDays, someDays, (failing, extra) => {
      live(failing, extra, (there, all, now) => {
        const names = new Set(there.map(({ label }) => label))
        const isPromised = (one: Recorded): boolean => tiersOf(one).some((tier) => now - stopOf(one) <= keep[tier])
        expect(all.filter((one) => isPromised(one) && !names.has(one.label))).toEqual([])
        // Whatever is there is promised, is the newest, is what the logs begin with, or waits for a good backup to come.
        const [newest] = there.toReversed()
        const isSettled = newest !== undefined && isGood(newest)
        const anchor = there.findLast((one) => isGood(one) && now - stopOf(one) >= keep.logs)
        expect(there.filter((one) => isSettled && one !== newest && one !== anchor && !isPromised(one))).toEqual([])
      })
    }),
    { numRuns: 10 },
  )
})

test('keeps all logs of the last 24 hours from a good backup on, however many backups were made meanwhile', () => {
  assert(
    property(someDays, someDays, (failing, extra) => {
      live(failing, extra, (there, _, now, keepLogsOf) => {
        const kept = there.toSorted((one, other) => stopOf(other) - stopOf(one)).slice(0, keepLogsOf)
        const reach = Math.max(...kept.filter(isGood).map((one) => now - stopOf(one)), 0)
        const possible = Math.max(...there.filter(isGood).map((one) => now - stopOf(one)), 0)
        expect(reach).toBeGreaterThanOrEqual(Math.min(keep.logs, possible))
      })
    }),
    { numRuns: 10 },
  )
})

const someKeep = tuple(integer({ min: 1, max: 40 }), integer({ min: 1, max: 40 }), integer({ min: 1, max: 40 })).chain(
  ([daily, weekly, monthly]) =>
    integer({ min: 1, max: Math.max(daily, weekly, monthly) }).map((logs) => ({
      daily: daily * dayMs,
      weekly: weekly * dayMs,
      monthly: monthly * dayMs,
      logs: logs * dayMs,
    })),
)

test('keeps the backup that the promised logs begin with, however short each tier is kept', () => {
  assert(
    property(someDays, someKeep, (failing, short) => {
      const look = (there: readonly Recorded[], all: readonly Recorded[], now: number, keepLogsOf: number): void => {
        const kept = there.toSorted((one, other) => stopOf(other) - stopOf(one)).slice(0, keepLogsOf)
        const reach = Math.max(...kept.filter(isGood).map((one) => now - stopOf(one)), 0)
        const life = Math.max(...all.filter(isGood).map((one) => now - stopOf(one)), 0)
        expect(reach).toBeGreaterThanOrEqual(Math.min(short.logs, life))
      }
      live(failing, new Set(), look, short)
    }),
    { numRuns: 20 },
  )
})

test('no run of an expiry takes logs that the last one is to keep, wherever it is cut off', () => {
  assert(
    property(array(integer({ min: 0, max: 120 }), { minLength: 2, maxLength: 40 }), someKeep, (ages, short) => {
      const now = start + 200 * dayMs
      const listed = [0, ...ages].map((age, index) => ({
        ...recorded(now - age * dayMs - index, ['daily', 'weekly', 'monthly'][index % 3] ?? 'daily'),
        label: String(index),
      }))
      const expiry = expiryOf(listed, short, now)
      const [promised] = logsFrom(listed, { keepLogsOf: expiry.keepLogsOf }, expiry.labels)
      let gone: readonly string[] = []
      for (const run of expiryRuns(expiry)) {
        if (run.label !== undefined) gone = [...gone, run.label]
        const [first] = logsFrom(listed, run, gone)
        expect(first).toBeLessThanOrEqual(promised ?? 0)
      }
    }),
  )
})

/** When the backups ended, oldest first, of which a run keeps all logs, as pgBackRest counts: of what is there then. */
const logsFrom = (
  listed: readonly Recorded[],
  { keepLogsOf }: Pick<ReturnType<typeof expiryOf>, 'keepLogsOf'>,
  gone: readonly string[],
): readonly number[] =>
  listed
    .filter(({ label }) => !gone.includes(label))
    .map(stopOf)
    .toSorted((one, other) => one - other)
    .slice(-keepLogsOf)

test('never takes the last good backup, whatever its age', () => {
  const only = recorded(start, 'daily')
  expect(expiryOf([only], keep, start + 1000 * dayMs).labels).toEqual([])
})

test('takes nothing while the newest backup is a bad one', () => {
  const old = recorded(start, 'daily')
  const bad = recorded(start + 20 * dayMs, 'daily', true)
  expect(expiryOf([old, bad], keep, start + 20 * dayMs).labels).toEqual([])
  const good = recorded(start + 21 * dayMs, 'daily')
  expect(expiryOf([old, bad, good], keep, start + 22 * dayMs).labels).toEqual([old.label])
})

test('keeps a backup that somebody made without edge as long as a monthly one', () => {
  expect(tiersOf({ annotation: null })).toEqual(['monthly'])
})

test('takes snapshots that are older than what is kept, and never the newest', () => {
  const at = (age: number) => ({ id: String(age), time: new Date(start - age * dayMs).toISOString() })
  expect(expiredSnapshots([at(366), at(364), at(1)], 365 * dayMs, start)).toEqual(['366'])
  expect(expiredSnapshots([at(900)], 365 * dayMs, start)).toEqual([])
})

test('knows the newest snapshot by its time, whatever zone that is written in', () => {
  // Of the hour that comes twice, when summer time ends.
  const earlier = { id: 'earlier', time: '2025-10-26T02:50:00+02:00' }
  const newest = { id: 'newest', time: '2025-10-26T02:10:00+01:00' }
  expect(expiredSnapshots([earlier, newest], 365 * dayMs, Date.UTC(2026, 11, 1))).toEqual(['earlier'])
})

test('keeps what came back whole at last, as long as nothing after it did', () => {
  const now = start + 200 * dayMs
  const old = [recorded(start, 'daily'), recorded(start + dayMs, 'daily'), recorded(now - 2 * dayMs, 'daily')]
  const labels = (sound?: string) => expiryOf([...old, recorded(now, 'daily')], keep, now, sound).labels
  expect(labels()).toEqual([old[0]?.label, old[1]?.label])
  expect(labels(old[1]?.label)).toEqual([old[0]?.label])
  expect(labels('one that is gone')).toEqual(labels())
})

test('lets nothing go while the newest backup is a bad one: what is older is all that can be restored', () => {
  const now = start + 200 * dayMs
  const old = [recorded(start, 'daily'), recorded(now - 2 * dayMs, 'daily')]
  expect(expiryOf([...old, recorded(now, 'daily')], keep, now).labels).not.toEqual([])
  expect(expiryOf([...old, recorded(now, 'daily', true)], keep, now).labels).toEqual([])
})

/** Daily backups of 90 days, and then some at a clock that is this much later. */
const jumped = (ahead: number, hours: readonly number[]) => {
  const before = Array.from({ length: 90 }, (_, day) => recorded(start + day * dayMs, 'daily'))
  const after = hours.map((hour) => recorded(start + 90 * dayMs + ahead + hour * hourMs, 'daily'))
  return { listed: [...before.slice(-8), ...after], now: start + 90 * dayMs + ahead + (hours.at(-1) ?? 0) * hourMs }
}

test('takes nothing for a day after a time without backups, however many are made then: the clock may have jumped ahead', () => {
  for (const hours of [[0], [0, 1, 2], [0, 23]]) {
    const { listed, now } = jumped(365 * dayMs, hours)
    expect(expiryOf(listed, keep, now)).toEqual({ labels: [], keepLogsOf: listed.length })
  }
})

test('takes what is too old a day later: the machine was off', () => {
  const { listed, now } = jumped(365 * dayMs, [0, 17, 41])
  expect(expiryOf(listed, keep, now).labels).toHaveLength(8)
})

test('is not held up by a gap that is usual, nor by a backup that is still to come', () => {
  expect(gapBefore([start, start + 3 * dayMs], start + 3 * dayMs)).toBeUndefined()
  expect(gapBefore([start, start + 4 * dayMs], start + 4 * dayMs)).toBe(4 * dayMs)
  expect(gapBefore([start, start + 365 * dayMs], start + hourMs)).toBeUndefined()
  expect(gapBefore([start], start)).toBeUndefined()
})
