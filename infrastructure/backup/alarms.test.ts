import { expect, test } from 'vitest'
import { duration } from '../../src/core/units.ts'
import { monitoring } from '../monitoring/guarantees.ts'
import { backupAlarms, ringing } from './alarms.ts'

const bounds = { size: [0.5, 1.5], duration: duration('3600 seconds') } as const
const made = (bytes: number, took = 1000) => ({ bytes, took })
const usual = [100, 101, 99, 100, 102, 98, 100].map((bytes) => made(bytes))

test('each alarm keeps a promise of monitoring', () => {
  expect(backupAlarms.map(({ promise }) => monitoring[promise].id)).toEqual([
    'monitoring.backupFailed',
    'monitoring.backupSize',
    'monitoring.backupDuration',
  ])
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
