import { showBound } from '../../src/core/guarantee.ts'
import { secondsBeyond } from './beyond.ts'
import { ms, percent } from './figures.ts'
import { loadTesting } from './guarantees.ts'
import { changesSince, madeOtherwise, provesNothing } from './comparison/baseline.ts'
import { machineOf } from './comparison/pairs.ts'
import { type Result, trialInWords, versionsInWords } from './result.ts'
import { saturationOf } from './saturation.ts'
import type { SeenSecond } from './watch.ts'

/** A run for a comment on a pull request. */
export function markdownOf(result: Result, timeline: readonly SeenSecond[]): string {
  const { scenario, verdict, interrupted, users, requests, seconds, journeys, responseTime } = result
  const trial = trialInWords(result)
  const rows = [
    ['p95', ms(responseTime.p95), showBound(loadTesting.responseTime)],
    ['p99', ms(responseTime.p99), showBound(loadTesting.tailLatency)],
    ['failed requests', percent(result.errorPercent), showBound(loadTesting.errorRate)],
    ['right answers', percent(result.successPercent), showBound(loadTesting.successRate)],
    ['whole journeys', String(journeys.completed), `≥ ${journeys.least}`],
  ]
  const steps = result.steps.map(({ name, requests: many, p95, errorPercent, successPercent }) => [
    name,
    String(many),
    many === 0 ? '–' : ms(p95),
    percent(errorPercent),
    percent(successPercent),
  ])
  return [
    `### Load test \`${scenario}\`: ${interrupted ? 'interrupted' : verdict}`,
    '',
    `${users} users, ${requests} requests in ${seconds} s, release \`${cell(result.release)}\`, ${cell(versionsInWords(result))}, ${cell(machineOf(result))}.`,
    ...(trial === undefined ? [] : ['', `**A trial, it proves no promise:** ${trial}.`]),
    ...(result.reasons.length === 0 ? [] : ['', ...result.reasons.map((reason) => `- ${cell(reason)}`)]),
    '',
    ...table(['', 'measured', 'promised'], rows),
    '',
    ...table(['step', 'requests', 'p95', 'failed', 'right'], steps),
    '',
    ...(result.baseline
      ? [
          ...table([`p95 since ${result.baseline.run}`, 'then', 'now', 'change'], changesSince(result)),
          '',
          `${cell(madeOtherwise(result))} ${provesNothing}`,
          '',
        ]
      : []),
    ...(timeline.length === 0 ? [] : [`Response time: ${secondsBeyond(timeline)}`, '']),
    `First at its end: ${saturationOf(timeline).says}`,
    '',
  ].join('\n')
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map((_, place) => (place === 0 ? '---' : '--:')).join('|')}|`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
]

/** What an app or k6 says cannot become markup, nor a column. */
const cell = (text: string): string => text.replaceAll(/[\\`*_[\]<>|]/g, (sign) => `\\${sign}`).replaceAll('\n', ' ')
