import { expect, test } from 'vitest'
import { duration } from '../../src/core/units.ts'
import { alarmsAt } from '../monitoring/alarms.ts'
import { monitoringSettings } from '../monitoring/settings.ts'
import { backupAlarms, ringing } from './alarms.ts'

const bounds = { size: [0.5, 1.5], duration: duration('3600 seconds') } as const
const made = (bytes: number, took = 1000) => ({ bytes, took })
const usual = [100, 101, 99, 100, 102, 98, 100].map((bytes) => made(bytes))

test('each alarm keeps a promise of monitoring, or one of backups', () => {
  expect(alarmsAt(monitoringSettings.parse({}), backupAlarms).map(({ id }) => id)).toEqual([
    'monitoring.backupFailed',
    'monitoring.backupSize',
    'monitoring.backupDuration',
    'backup.freshness',
    'backup.verification',
  ])
})

test('no figure of the newest backup, or of its verification, is no health', () => {
  const fires = alarmsAt(monitoringSettings.parse({}), backupAlarms).filter(({ silence }) => silence === 'fires')
  expect(fires.map(({ id }) => id)).toEqual(['backup.freshness', 'backup.verification'])
})

test('nothing rings about a backup like the seven before it', () => {
  expect(ringing(made(110), usual, bounds)).toEqual([])
})

test.each([
  [49, /0\.49 × the median of the last 7/],
  [151, /1\.51 × the median/],
])('a backup of %i bytes rings where the others have about 100', (bytes, words) => {
  expect(ringing(made(bytes), usual, bounds)).toEqual([expect.stringMatching(words)])
})

test('the median is of the last seven alone', () => {
  expect(ringing(made(100), [...Array.from({ length: 20 }, () => made(10_000)), ...usual], bounds)).toEqual([])
})

test('the first backup of all rings not', () => {
  expect(ringing(made(100), [], bounds)).toEqual([])
})

test('a backup that takes longer than the bound rings', () => {
  expect(ringing(made(100, 3_600_001), usual, bounds)).toEqual([expect.stringContaining('longer than 3600 s')])
})
