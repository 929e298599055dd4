import { join } from 'node:path'
import type { Paint } from '../../src/core/target.ts'
import { changesSince, provesNothing } from './comparison/baseline.ts'
import { type Result, trialInWords } from './result.ts'

/** What was measured, in one line. */
export const figuresOf = (result: Result): string =>
  [
    `${result.users} users`,
    `p95 ${Math.round(result.responseTime.p95)} ms`,
    `errors ${Math.round(result.errorPercent * 10) / 10} %`,
    `journeys ${result.journeys.completed} (≥ ${result.journeys.least})`,
  ].join('   ')

/** A run and what it measured, with the reasons where it did not pass. */
export function resultLines(result: Result, { green, red, yellow, dim }: Paint): readonly string[] {
  const paint = { passed: green, failed: red, invalid: yellow }[result.verdict]
  const trial = trialInWords(result)
  return [
    '',
    `  ${paint(result.verdict)}   ${figuresOf(result)}`,
    ...result.reasons.map((reason) => `    ${reason}`),
    ...(trial === undefined ? [] : [`  ${yellow(`${trial}: a trial, it proves no promise`)}`]),
    ...result.steps.map(({ name, requests, p95, successPercent }) => {
      const time = String(Math.round(p95)).padStart(5)
      return `    ${name.padEnd(16)}${String(requests).padStart(7)} requests   p95 ${time} ms   right ${Math.round(successPercent)} %`
    }),
    ...(result.baseline ? ['', `  ${dim(`p95 since ${result.baseline.run}. ${provesNothing}`)}`] : []),
    ...changesSince(result).map(
      ([of, before, now, by]) => `    ${of.padEnd(16)}${before.padStart(9)} → ${now.padStart(9)}   ${by}`,
    ),
    `  ${dim(join(result.directory, 'report.html'))}`,
  ]
}
