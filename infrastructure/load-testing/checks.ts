import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { broken, type ChecksFor, type Facts, kept, measured, notClaimed, type Verdict } from '../../src/core/check.ts'
import { magnitude } from '../../src/core/units.ts'
import { loadTesting } from './guarantees.ts'
import type { Result } from './result.ts'
import type { ScenarioName } from './scenarios/stages.ts'

/** What the checks look at: the runs that were made, and what is live now. */
export type LoadTestingEndpoint = {
  /** Every run, newest first. */
  readonly results: () => Promise<readonly Result[]>
  readonly release: () => Promise<string | undefined>
  /** The steps of the configured journey. */
  readonly steps: readonly string[]
}

/** The newest full-length run of what is live now; a scaled run proves nothing. */
async function newest(endpoint: LoadTestingEndpoint, scenario?: ScenarioName): Promise<Result | undefined> {
  const [results, release] = await Promise.all([endpoint.results(), endpoint.release()])
  return results.find(
    (result) =>
      result.scale === 1 && result.release === release && (scenario === undefined || result.scenario === scenario),
  )
}

const runs =
  (scenario: ScenarioName) =>
  async (endpoint: LoadTestingEndpoint): Promise<Verdict> => {
    const result = await newest(endpoint, scenario)
    if (!result) return notClaimed(`never run on this release: edge load-test ${scenario}`)
    const seen = {
      users: result.users,
      time: `${result.seconds} s`,
      requests: result.requests,
      journeys: result.journeys.completed,
      at: result.startedAt.slice(0, 16),
    }
    if (result.verdict === 'passed') return kept(measured(seen))
    return broken(measured(seen), result.reasons[0] ?? result.verdict, nextOf(result))
  }

const nextOf = (result: Result): string =>
  `read ${join(result.directory, 'report.html')}, then edge load-test ${result.scenario}`

/** One figure of the newest run, of whichever scenario. */
const figure =
  (seen: (result: Result) => Facts, good: (result: Result) => boolean, because: string) =>
  async (endpoint: LoadTestingEndpoint): Promise<Verdict> => {
    const result = await newest(endpoint)
    if (!result) return notClaimed('no load test was run on this release: edge load-test smoke')
    const evidence = measured({ ...seen(result), in: result.scenario })
    if (result.verdict === 'invalid') return broken(evidence, result.reasons[0] ?? 'the run is invalid', nextOf(result))
    return result.requests > 0 && good(result) ? kept(evidence) : broken(evidence, because, nextOf(result))
  }

const ms = (value: number): string => `${Math.round(value)} ms`
const percent = (value: number): string => `${Math.round(value * 10) / 10} %`

export const checks: ChecksFor<typeof loadTesting, LoadTestingEndpoint> = {
  smoke: runs('smoke'),
  load: runs('load'),
  stress: runs('stress'),
  soak: runs('soak'),
  journey: async (endpoint) => {
    const result = await newest(endpoint)
    if (!result) return notClaimed('no load test was run on this release: edge load-test smoke')
    const seen = measured({ steps: endpoint.steps, whole: result.journeys.completed, least: result.journeys.least })
    const silent = endpoint.steps.find((step) => (result.steps.find(({ name }) => name === step)?.requests ?? 0) === 0)
    if (silent !== undefined) return broken(seen, `nobody came to the step ${silent}`, nextOf(result))
    if (result.journeys.completed < result.journeys.least) {
      return broken(
        seen,
        `${result.journeys.completed} whole journeys, ${result.journeys.least} at least`,
        nextOf(result),
      )
    }
    return kept(seen)
  },
  responseTime: figure(
    ({ responseTime }) => ({ p95: ms(responseTime.p95) }),
    ({ responseTime }) => responseTime.p95 < magnitude(loadTesting.responseTime.below),
    '95 of 100 requests took longer than promised',
  ),
  tailLatency: figure(
    ({ responseTime }) => ({ p99: ms(responseTime.p99) }),
    ({ responseTime }) => responseTime.p99 < magnitude(loadTesting.tailLatency.below),
    '99 of 100 requests took longer than promised',
  ),
  errorRate: figure(
    ({ errorPercent, requests }) => ({ failed: percent(errorPercent), of: requests }),
    ({ errorPercent }) => errorPercent < magnitude(loadTesting.errorRate.below),
    'too many requests failed',
  ),
  successRate: figure(
    ({ successPercent }) => ({ right: percent(successPercent) }),
    ({ successPercent }) => successPercent > magnitude(loadTesting.successRate.above),
    'too few answers were the right ones',
  ),
  thinkTime: figure(
    ({ thinkTime }) => ({ from: ms(thinkTime.minimum), to: ms(thinkTime.maximum) }),
    ({ thinkTime }) =>
      thinkTime.minimum >= magnitude(loadTesting.thinkTime.between[0]) &&
      thinkTime.maximum <= magnitude(loadTesting.thinkTime.between[1]),
    'visitors of the test did not wait as people do',
  ),
  reports: async (endpoint) => {
    const result = await newest(endpoint)
    if (!result) return notClaimed('no load test was run on this release: edge load-test smoke')
    const files = ['report.html', 'result.json', 'k6-dashboard.html']
    const sizes = await Promise.all(
      files.map((file) =>
        stat(join(result.directory, file)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    )
    const seen = measured({
      reports: files.map((file, index) => `${file} ${Math.ceil((sizes[index] ?? 0) / 1024)} kB`),
    })
    const missing = files.find((_, index) => sizes[index] === 0)
    return missing === undefined ? kept(seen) : broken(seen, `${missing} is not there`, nextOf(result))
  },
}
