import { expect, test } from 'vitest'
import { isRefusedValue } from './refused-value.ts'

const refused = (code: string) => Object.assign(new Error('refused'), { code })

test.each(['22008', '22P02', '22021', '22P05'])('takes %s for a value that its sender has to change', (code) => {
  expect(isRefusedValue(refused(code))).toBe(true)
})

test.each(['22012', '23505', '42P01', '57P01', 'ECONNRESET'])('takes %s for no fault of the sender', (code) => {
  expect(isRefusedValue(refused(code))).toBe(false)
})
