import { expect, test } from 'vitest'
import { readTally } from './test-tally.ts'

const report = (counts: object, testResults: readonly object[] = []) =>
  JSON.stringify({ numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults, ...counts })

test('counts what passed and what failed', () => {
  expect(readTally(report({ numFailedTests: 2 }), false)).toEqual({ passed: 3, failed: 2 })
})

test('counts a test that was left out as failed', () => {
  expect(readTally(report({ numPendingTests: 1, numTodoTests: 1 }), true)).toEqual({ passed: 3, failed: 2 })
})

test('counts a file that could not be loaded as failed', () => {
  const file = { status: 'failed', assertionResults: [] }
  expect(readTally(report({}, [file]), false)).toEqual({ passed: 3, failed: 1 })
})

test('counts a failed test once, not its file as well', () => {
  const file = { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] }
  expect(readTally(report({ numFailedTests: 1 }, [file]), false)).toEqual({ passed: 3, failed: 1 })
})

test('counts a run that failed without a failed test', () => {
  expect(readTally(report({}), false)).toEqual({ passed: 3, failed: 1 })
})

test('counts a run that left no report as failed', () => {
  expect(readTally(undefined, true)).toEqual({ passed: 0, failed: 1 })
})
