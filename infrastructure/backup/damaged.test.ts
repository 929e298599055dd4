import { expect, test } from 'vitest'
import type { Ran } from '../../src/core/world.ts'
import { dayMs } from '../../src/core/units.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { damageFacts, damagedIn, listedIn, soundBefore, soundFacts } from './damaged.ts'
import { backupPaths } from './paths.ts'
import { backupBefore } from './restore.ts'
import { expiryOf, isGood } from './retention.ts'
import { backupSettings } from './settings.ts'
import { spansOf } from './timeline.ts'

const now = Date.parse('2026-11-28T12:00:00Z')
const made = (daysAgo: number) => ({
  label: `${daysAgo} days ago`,
  type: 'full',
  error: false,
  annotation: { tier: 'daily' },
  archive: { start: null, stop: null },
  timestamp: { start: 0, stop: now / 1000 - daysAgo * 86_400 },
  info: { size: 1, repository: { delta: 1 } },
})
const info = [{ backup: [made(20), made(1)], status: { code: 0, message: 'ok' } }]
const world = {
  run: async (): Promise<Ran> => ({ code: 0, stdout: JSON.stringify(info), stderr: '', timedOut: false }),
}
const paths = backupPaths(exampleInstance, backupSettings.parse({}))
const found = (facts: object, drill = 'backup-verification') => ({
  paths,
  records: {
    newest: async (asked: string) =>
      asked === drill ? { drill, at: '', took: 1, of: {}, facts: { ...facts } } : undefined,
    keep: () => Promise.reject(new Error('keeps nothing')),
  },
})
const keep = { daily: 7 * dayMs, weekly: 7 * dayMs, monthly: 7 * dayMs, logs: dayMs }

test('lists as damaged what the newest verification found so in that repository, so that the last good one stays', async () => {
  const backups = found({ ...damageFacts(1, ['1 days ago']), ...damageFacts(2, []) })
  const listed = await listedIn(backups, 1, world)
  expect(listed.map(isGood)).toEqual([true, false])
  expect(expiryOf(listed, keep, now).labels).toEqual([])
  const second = await listedIn(backups, 2, world)
  expect(second.map(isGood)).toEqual([true, true])
  expect(expiryOf(second, keep, now).labels).toEqual(['20 days ago'])
})

test('what did not come back when every backup was tried is named, and steers no expiry', async () => {
  const labels = info[0]?.backup.map(({ label }) => label) ?? []
  for (const refused of [['20 days ago'], ['1 days ago'], labels]) {
    const listed = await listedIn(found(damageFacts(1, refused), 'backup-every'), 1, world)
    expect(listed.map(({ label, isRefused }) => isRefused === refused.includes(label))).toEqual([true, true])
    const plain = await listedIn(found({}, 'none'), 1, world)
    expect(expiryOf(listed, keep, now)).toEqual(expiryOf(plain, keep, now))
  }
})

test('a restore begins with one that came back when each was tried, and with another one only where there is none', async () => {
  const day = new Date(now)
  const past = spansOf([], now)
  const before = async (refused: readonly string[], leads = true) => {
    const listed = await listedIn(found(damageFacts(1, refused), 'backup-every'), 1, world)
    return (await backupBefore(listed, day, past, async () => leads)).label
  }
  expect(await before([])).toBe('1 days ago')
  expect(await before(['1 days ago'])).toBe('20 days ago')
  expect(await before(['20 days ago', '1 days ago'])).toBe('1 days ago')
  expect(await before(['1 days ago'], false)).toBe('1 days ago')
})

test('a record of an earlier version names no damage', async () => {
  expect(await damagedIn(found({ good: true }), 1)).toEqual([])
})

const record = (facts: object) => ({ drill: '', at: '', took: 1, of: {}, facts: { ...facts } })

test('the backup that came back whole at last is handed on by each verification that fails', () => {
  const good = record({ good: true, labels: ['a', 'b'] })
  const failed = record({ good: false, ...soundFacts(good) })
  const again = record({ good: false, ...soundFacts(failed) })
  expect([soundBefore(again, 1), soundBefore(again, 2)]).toEqual(['a', 'b'])
  // Its copy failed.
  expect(soundBefore(record(soundFacts(record({ good: true, labels: ['a'] }))), 2)).toBeUndefined()
  // Another one came back since: what is older goes by its age.
  expect(soundBefore(good, 1)).toBeUndefined()
  expect([soundFacts(undefined), soundFacts(record({ good: false, labels: ['a'] }))]).toEqual([{}, {}])
})
