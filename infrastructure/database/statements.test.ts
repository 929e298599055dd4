import { expect, test } from 'vitest'
import { summed } from './statements.ts'

const counted = { id: '7', text: 'select $1', role: 'app' }

test('adds up what each member has counted of one statement', () => {
  const rows = [
    { ...counted, calls: '3', total: 6, read: '2' },
    { ...counted, calls: '1', total: 2, read: '0' },
  ]
  expect(summed(rows, 32)).toEqual([
    { text: 'select $1', role: 'app', calls: 4, total: 8, mean: 2, share: 0.25, blocksRead: 2 },
  ])
})

test('divides by nothing where nothing was counted', () => {
  expect(summed([{ ...counted, calls: '0', total: 0, read: '0' }], 0)).toMatchObject([{ mean: 0, share: 0 }])
})
