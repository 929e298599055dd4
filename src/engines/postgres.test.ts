import { expect, test } from 'vitest'
import { isLostConnection } from './postgres.ts'

const withCode = (code: string) => Object.assign(new Error('as it says'), { code })

test.each(['08006', '57P01', '57P02', '57P03', '25006', 'ECONNRESET', 'ECONNREFUSED'])(
  'takes %s for a server that went away',
  (code) => {
    expect(isLostConnection(withCode(code))).toBe(true)
  },
)

test.each([
  'Connection terminated unexpectedly',
  'Client has encountered a connection error and is not queryable',
  'server conn crashed?',
  'query_wait_timeout',
])('takes "%s" for it as well', (words) => {
  expect(isLostConnection(new Error(words))).toBe(true)
})

test.each(['42P01', '23505', '57014'])('takes %s for an answer', (code) => {
  expect(isLostConnection(withCode(code))).toBe(false)
})
