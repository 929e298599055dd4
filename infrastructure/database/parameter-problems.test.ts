import { expect, test } from 'vitest'
import { sameValue } from './parameter-problems.ts'

const integer = (setting: string, unit: string | null) => ({ setting, unit, vartype: 'integer' })

test.each([
  ['64MB', integer('8192', '8kB')],
  ['8MB', integer('8192', 'kB')],
  ['2GB', integer('2048', 'MB')],
  [-1, integer('-1', 'kB')],
  [500, integer('500', null)],
  ['200ms', integer('200', 'ms')],
  ['15min', integer('900', 's')],
  ['1d', integer('86400', 's')],
  [30, integer('30', 's')],
  [1.1, { setting: '1.1', unit: null, vartype: 'real' }],
  [0.9, { setting: '0.9', unit: null, vartype: 'real' }],
  ['2ms', { setting: '2', unit: 'ms', vartype: 'real' }],
  [true, { setting: 'on', unit: null, vartype: 'bool' }],
  ['OFF', { setting: 'off', unit: null, vartype: 'bool' }],
  ['replica', { setting: 'replica', unit: null, vartype: 'enum' }],
] as const)('%s is what the server calls $1.setting', (wanted, seen) => {
  expect(sameValue(seen, wanted)).toBe(true)
})

test.each([
  ['64MB', integer('8191', '8kB')],
  ['200ms', integer('5000', 'ms')],
  ['on', { setting: 'off', unit: null, vartype: 'bool' }],
  ['logical', { setting: 'replica', unit: null, vartype: 'enum' }],
] as const)('%s is not what the server calls $1.setting', (wanted, seen) => {
  expect(sameValue(seen, wanted)).toBe(false)
})

test('a unit that cannot be read counts as a difference', () => {
  expect(sameValue(integer('1', 'ms'), '1000us')).toBe(false)
})
