import { expect, test } from 'vitest'
import { type LoginLimits, loginLimits, secondsToWait } from './limits.ts'

const limits: LoginLimits = {
  failuresPerAccount: { atMost: 10, seconds: 900 },
  attemptsPerAddress: { atMost: 100, seconds: 60 },
}
const nothing = { failuresOfAccount: 0, oldestFailureAge: 0, attemptsOfAddress: 0, oldestAttemptAge: 0 }

test('lets the tenth failure pass and stops the eleventh attempt', () => {
  expect(secondsToWait({ ...nothing, failuresOfAccount: 9, oldestFailureAge: 5 }, limits)).toBe(0)
  expect(secondsToWait({ ...nothing, failuresOfAccount: 10, oldestFailureAge: 5 }, limits)).toBe(895)
})

test('waits until the oldest attempt of the address has left the window', () => {
  expect(secondsToWait({ ...nothing, attemptsOfAddress: 100, oldestAttemptAge: 59.5 }, limits)).toBe(1)
})

test('waits for the longer of the two', () => {
  const both = { failuresOfAccount: 10, oldestFailureAge: 100, attemptsOfAddress: 100, oldestAttemptAge: 1 }
  expect(secondsToWait(both, limits)).toBe(800)
})

test('never answers that a blocked attempt may go on at once', () => {
  expect(secondsToWait({ ...nothing, failuresOfAccount: 10, oldestFailureAge: 900 }, limits)).toBe(1)
})

test.each([
  ['load-test', '127.0.0.1', false],
  ['load-test', '::1', false],
  ['load-test', '203.0.113.9', true],
  ['normal', '127.0.0.1', true],
] as const)('for an account of class %s, asked from %s, has bounds: %s', (kind, address, bounded) => {
  expect(loginLimits(kind, address) !== 'none').toBe(bounded)
})
