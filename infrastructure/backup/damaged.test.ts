import { expect, test } from 'vitest'
import type { Ran } from '../../src/core/world.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { damageFacts, damagedIn, listedIn } from './damaged.ts'
import { backupPaths } from './paths.ts'
import { expiryOf, isGood } from './retention.ts'
import { backupSettings } from './settings.ts'

const dayMs = 24 * 3_600_000
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
const found = (facts: object) => ({
  paths,
  records: {
    newest: async () => ({ drill: 'backup-verification', at: '', took: 1, of: {}, facts: { ...facts } }),
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

test('a record of an earlier version names no damage', async () => {
  expect(await damagedIn(found({ good: true }), 1)).toEqual([])
})
