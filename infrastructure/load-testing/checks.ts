import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { broken, type ChecksFor, type Facts, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { magnitude } from '../../src/core/units.ts'
import { metricNames } from './analysis.ts'
import type { Runs } from './endpoint.ts'
import { loadTesting } from './guarantees.ts'
import { ms, percent } from './figures.ts'
import type { Result } from './result.ts'
import { type ScenarioName, scenarioNames } from './scenarios/stages.ts'

/**
 * Judges the newest run that says something about what is live now, of one scenario or of whichever. A run that is invalid
 * says nothing about the site, and hides what older ones said; so does one whose record is damaged.
 */
async function ofNewest(
  { newest, release }: Runs,
  verdictOf: (result: Result) => Verdict | Promise<Verdict>,
  scenario?: ScenarioName,
): Promise<Verdict> {
  const live = await release()
  const runsOf = scenario === undefined ? scenarioNames : [scenario]
  const found = await Promise.all(
    runsOf.map(async (name) => ({ name, run: live === undefined ? undefined : await newest(name, live) })),
  )
  for (const { name, run } of found)
    if (run && 'damaged' in run) return notClaimed(`${run.damaged} is damaged: edge load-test ${name}`)
  const [last] = found
    .flatMap(({ run }) => (run && 'scenario' in run ? [run] : []))
    .toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))
  const command = `edge load-test ${scenario ?? 'smoke'}`
  if (!last) return notClaimed(`${scenario ?? 'a load test'} was never run on what is live now: ${command}`)
  if (last.verdict === 'invalid') return notClaimed(`the last run is invalid, ${last.reasons[0] ?? ''}: ${command}`)
  return verdictOf(last)
}

const runs = (scenario: ScenarioName) => (endpoint: Runs) =>
  ofNewest(
    endpoint,
    (result) => {
      const seen = measured({
        users: result.users,
        time: `${result.seconds} s`,
        journeys: result.journeys.completed,
        requests: result.requests,
        at: result.startedAt.slice(0, 16),
      })
      if (result.verdict === 'passed') return kept(seen)
      return broken(seen, result.reasons[0] ?? result.verdict, nextOf(result))
    },
    scenario,
  )

const nextOf = (result: Result): string =>
  `read ${join(result.directory, 'report.html')}, then edge load-test ${result.scenario}`

/** One figure of the newest run, of whichever scenario. */
const figure =
  (seen: (result: Result) => Facts, good: (result: Result) => boolean, because: string) =>
  (endpoint: Runs): Promise<Verdict> =>
    ofNewest(endpoint, (result) => {
      const evidence = measured({ ...seen(result), in: result.scenario })
      // A run without a single request has the fastest answers and no errors.
      return result.requests > 0 && good(result) ? kept(evidence) : broken(evidence, because, nextOf(result))
    })

/** The slowest step counts: five fast ones hide it in the figure of all. */
const slowest = ({ steps }: Result) => steps.toSorted((a, b) => b.p95 - a.p95)[0]

export const checks: ChecksFor<typeof loadTesting, Runs> = {
  smoke: runs('smoke'),
  load: runs('load'),
  stress: runs('stress'),
  soak: runs('soak'),
  journey: (endpoint) =>
    ofNewest(endpoint, (result) => {
      const { completed, least } = result.journeys
      const seen = measured({ steps: endpoint.steps, whole: completed, least })
      const silent = endpoint.steps.find(
        (step) => !result.steps.some(({ name, requests }) => name === step && requests > 0),
      )
      if (silent !== undefined) return broken(seen, `no user reached the step ${silent}`, nextOf(result))
      if (completed >= least) return kept(seen)
      return broken(seen, `${completed} whole journeys, ${least} at least`, nextOf(result))
    }),
  responseTime: figure(
    (result) => ({ p95: ms(result.responseTime.p95), slowest: stepFact(slowest(result)) }),
    (result) =>
      Math.max(result.responseTime.p95, slowest(result)?.p95 ?? 0) < magnitude(loadTesting.responseTime.below),
    'more than 5 of 100 requests took longer than promised',
  ),
  tailLatency: figure(
    ({ responseTime }) => ({ p99: ms(responseTime.p99) }),
    ({ responseTime }) => responseTime.p99 < magnitude(loadTesting.tailLatency.below),
    'more than 1 of 100 requests took longer than promised',
  ),
  errorRate: figure(
    ({ errorPercent, requests }) => ({ failed: percent(errorPercent), of: `${requests} requests` }),
    ({ errorPercent }) => errorPercent < magnitude(loadTesting.errorRate.below),
    'too many requests failed',
  ),
  successRate: figure(
    ({ successPercent, journeys }) => ({ right: percent(successPercent), journeys: percent(journeys.successPercent) }),
    ({ successPercent, journeys }) =>
      Math.min(successPercent, journeys.successPercent) > magnitude(loadTesting.successRate.above),
    'too few answers were the right ones',
  ),
  thinkTime: figure(
    ({ thinkTime }) => ({ from: ms(thinkTime.minimum), to: ms(thinkTime.maximum) }),
    ({ thinkTime }) =>
      thinkTime.minimum >= magnitude(loadTesting.thinkTime.between[0]) &&
      thinkTime.maximum <= magnitude(loadTesting.thinkTime.between[1]),
    'visitors of the test did not wait as people do',
  ),
  reports: (endpoint) => ofNewest(endpoint, reportsOf),
}

/** The page to read and the file for programs are there, and both hold the document's three metrics. */
async function reportsOf(result: Result): Promise<Verdict> {
  const holds = {
    'report.html': metricNames,
    'result.json': ['"responseTime"', '"errorPercent"', '"successPercent"'],
  }
  const files: string[] = []
  const lacks: string[] = []
  for (const [name, metrics] of Object.entries(holds)) {
    const content = await readFile(join(result.directory, name), 'utf8').catch(() => '')
    files.push(`${name} ${Math.ceil(content.length / 1024)} kB`)
    const missing = content === '' ? 'is not there' : metrics.find((metric) => !content.includes(metric))
    if (missing !== undefined) lacks.push(content === '' ? `${name} ${missing}` : `${name} does not hold ${missing}`)
  }
  const seen = measured({ files, metrics: metricNames.map((metric) => metric.toLowerCase()) })
  const [problem] = lacks
  if (problem === undefined) return kept(seen)
  return broken(seen, problem, `edge load-test ${result.scenario} writes new ones`)
}

const stepFact = (step: { readonly name: string; readonly p95: number } | undefined): string =>
  step ? `${step.name} ${ms(step.p95)}` : 'none'
