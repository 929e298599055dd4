import { expect, test } from 'vitest'
import { isLostConnection, retryLostConnection } from './retry.ts'

const withCode = (code: string, message = 'something') => Object.assign(new Error(message), { code })

test.each(['08006', '08P01', '57P01', '57P02', '57P03', '25006', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE'])(
  'takes %s for a lost connection',
  (code) => {
    expect(isLostConnection(withCode(code))).toBe(true)
  },
)

test.each([
  'Connection terminated unexpectedly',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'server login has been failing, try again later (server_login_retry)',
  'query_wait_timeout',
])('takes "%s" for a lost connection', (message) => {
  expect(isLostConnection(new Error(message))).toBe(true)
})

test.each(['23505', '42601', '42501', '22P02', '53200'])('does not take %s for one', (code) => {
  expect(isLostConnection(withCode(code, 'duplicate key'))).toBe(false)
})

test('tries again until the connection is back', async () => {
  let attempts = 0
  const result = await retryLostConnection(async () => {
    attempts += 1
    if (attempts < 3) throw withCode('57P01')
    return 'there'
  })
  expect(result).toBe('there')
})

test('does not send a statement twice that the database refused', async () => {
  let attempts = 0
  const work = async () => {
    attempts += 1
    throw withCode('23505')
  }
  await expect(retryLostConnection(work)).rejects.toThrow('something')
  expect(attempts).toBe(1)
})

test('gives up when the process stops', async () => {
  const stopping = new AbortController()
  const work = async () => {
    stopping.abort()
    throw withCode('57P03')
  }
  await expect(retryLostConnection(work, stopping.signal)).rejects.toThrow('something')
})

test('still tries once while the process stops', async () => {
  expect(await retryLostConnection(async () => 'there', AbortSignal.abort())).toBe('there')
})
