import { expect, it } from 'vitest'
import { backupSettings } from '../settings.ts'
import { lockProblem } from './look-before.ts'

const now = new Date('2026-05-10T00:00:00Z')
const forGood = { LockDate: new Date('2026-05-01T00:00:00Z'), MinRetentionDays: 7 }
const ofDays = (keep: string) => backupSettings.parse({ lock: 'compliance', applicationState: { keep } })

it.each([
  ['stays as it is', forGood, ofDays('7 days')],
  ['may be changed until later', { ...forGood, LockDate: new Date('2026-05-11T00:00:00Z') }, ofDays('2 days')],
  ['is one of governance', { MinRetentionDays: 7 }, backupSettings.parse({ applicationState: { keep: '2 days' } })],
])('a lock that %s is in the way of nothing', (_, found, settings) => {
  expect(lockProblem(found, settings, now)).toBeUndefined()
})

it.each([
  [
    'a shorter time',
    ofDays('1 day'),
    'backup.applicationState.keep',
    'cannot be 1 day, the shortest of all: since 2026-05-01',
  ],
  [
    'a longer time',
    backupSettings.parse({ lock: 'compliance', daily: { keep: '9 days' }, applicationState: { keep: '9 days' } }),
    'backup.daily.keep, backup.applicationState.keep',
    'cannot be 9 days',
  ],
  ['governance', backupSettings.parse({}), 'backup.lock', "cannot be 'governance': since 2026-05-01"],
])('a lock that is for good refuses %s, by the field', (_, settings, field, what) => {
  expect(lockProblem(forGood, settings, now)).toMatchObject({ field, what: expect.stringContaining(what) })
})
