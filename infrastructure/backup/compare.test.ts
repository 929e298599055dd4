import { expect, test } from 'vitest'
import { compareTables } from './compare.ts'

test('says of each table how the restored one and the live one differ, those that do first', () => {
  const restored = {
    a: { rows: 1, sum: '1' },
    b: { rows: 2, sum: '2' },
    c: { rows: 3, sum: '3' },
    d: { rows: 4, sum: '4' },
  }
  const live = {
    a: { rows: 1, sum: '1' },
    b: { rows: 2, sum: '9' },
    c: { rows: 5, sum: '3' },
    e: { rows: 5, sum: '5' },
  }
  expect(compareTables(restored, live).map(({ table, is }) => [table, is])).toEqual([
    ['b', 'other content'],
    ['c', 'other rows'],
    ['d', 'only restored'],
    ['e', 'only live'],
    ['a', 'same'],
  ])
})
