import { z } from 'zod'

export type Tally = { readonly passed: number; readonly failed: number }
export const noTests: Tally = { passed: 0, failed: 0 }

export const addTallies = (left: Tally, right: Tally): Tally => ({
  passed: left.passed + right.passed,
  failed: left.failed + right.failed,
})

/** What counts of vitest's JSON report. */
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
})

/**
 * Counts a run of vitest from its JSON report. A test that was left out counts as failed: it proves nothing. So does a
 * file that failed outside its tests, and a run that failed without saying where.
 */
export function readTally(report: string | undefined, succeeded: boolean): Tally {
  if (report === undefined) return { passed: 0, failed: 1 }
  const run = reportSchema.parse(JSON.parse(report))
  const brokenFiles = run.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  )
  const failed = run.numFailedTests + run.numPendingTests + run.numTodoTests + brokenFiles.length
  return { passed: run.numPassedTests, failed: failed === 0 && !succeeded ? 1 : failed }
}
