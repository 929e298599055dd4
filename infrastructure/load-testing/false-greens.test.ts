import { describe, expect, it } from 'vitest'
import { judge, type RunFacts } from './judge.ts'
import { k6Summary } from './proofs/k6-summary.ts'
import { example } from './proofs/test-result.ts'
import { type ScenarioName, secondsOfJourney } from './scenarios/stages.ts'
import { loadTestingSettings } from './settings.ts'
import { expectedOf } from './thresholds.ts'

const { journey } = loadTestingSettings.parse({})
const think = { minimumMs: 1000, maximumMs: 5000 }
const facts: RunFacts = { ...example, releaseAtEnd: example.release, exitCode: 0, said: '', othersPercent: undefined }

/** What edge says of a run that k6 ended with 0. */
function judged(
  seen: Parameters<typeof k6Summary>[1],
  { scenario = 'smoke', ...more }: Partial<RunFacts> & { scenario?: ScenarioName } = {},
  metrics = {},
) {
  const expected = expectedOf(scenario, { journey, think, scale: 1 })
  const summary = k6Summary(expected, seen)
  const { verdict, reasons } = judge({ metrics: { ...summary.metrics, ...metrics } }, expected, {
    ...facts,
    scenario,
    ...more,
  })
  return [verdict, ...reasons]
}
const steps = [...journey.map(({ name }) => name), 'assets']
const ofEachStep = (metric: string, values: Record<string, number> | undefined) =>
  Object.fromEntries(steps.map((step) => [`${metric}{step:${step}}`, values]))

/** Each of them ends with 0 in k6, and with a green mark at each bound that it was given (1.1 and 2.2). */
describe('what k6 calls green and edge does not:', () => {
  it('nothing, where all is well', () => {
    expect(judged({})).toEqual(['passed'])
  })

  it('every iteration throws', () => {
    const nothing = ['response_time', 'think_time', 'http_req_failed', 'step_ok'].map((name) => [name, undefined])
    const [verdict, ...reasons] = judged({
      ...Object.fromEntries(nothing),
      journeys_completed: { count: 0 },
      journey_success: { rate: 0, passes: 0, fails: 50 },
      ...ofEachStep('response_time', undefined),
    })
    expect(verdict).toBe('failed')
    expect(reasons).toEqual([
      'homepage, login, browse-sports, odds, predictions, logout, assets: no user reached it',
      'no request was made',
      'no answer came',
      'no answer was timed',
      'no answer was timed',
      '0 % of the journeys came to their end (must be > 95 %)',
      'no journey came to its end',
      'no user paused between steps',
      'no user paused between steps',
    ])
  })

  it('the server is down, and the response time of no answer is 0', () => {
    const down = { rate: 1, passes: 500, fails: 0 }
    expect(judged({ http_req_failed: down, 'http_req_failed{step:homepage}': down })).toEqual([
      'failed',
      'homepage: 100 % of the requests failed (must be < 1 %)',
      '100 % of the requests failed (must be < 1 %)',
    ])
  })

  it('a bound on a tag that never occurs', () => {
    expect(judged({ 'response_time{step:odds}': undefined })).toEqual(['failed', 'odds: no user reached it'])
  })

  it('no iteration at all', () => {
    const [verdict, ...reasons] = judged({ journeys_completed: undefined, journey_success: undefined })
    expect([verdict, ...reasons]).toEqual(['failed', 'no journey was begun', 'no journey came to its end'])
  })

  it('too few users for a rate of arrivals', () => {
    expect(judged({}, { open: true }, { dropped_iterations: { values: { count: 280 } } })).toEqual([
      'invalid',
      'k6 let 280 journeys fall that should have begun: it had no user left for them',
    ])
  })

  it('all checks fail', () => {
    const wrong = { rate: 0, passes: 0, fails: 500 }
    expect(judged({ step_ok: wrong, 'step_ok{step:odds}': wrong })).toEqual([
      'failed',
      'odds: 0 % of the answers were right (must be > 95 %)',
      '0 % of the answers were right (must be > 95 %)',
    ])
  })

  it('one slow step among fast ones', () => {
    expect(judged({ 'response_time{step:login}': { 'p(95)': 900, count: 60_000 } })).toEqual([
      'failed',
      'login: 95 of 100 requests took up to 900 ms (must be < 500 ms)',
    ])
  })

  it('slow only at the top of the ramp', () => {
    expect(judged({ 'response_time{phase:top}': { 'p(95)': 700, count: 80 } }, { scenario: 'stress' })).toEqual([
      'failed',
      'with all users there: 95 of 100 requests took up to 700 ms (must be < 500 ms)',
    ])
  })

  it('nobody came to the top of the ramp', () => {
    expect(judged({ 'response_time{phase:top}': undefined }, { scenario: 'stress' })).toEqual([
      'failed',
      'with all users there: no answer was timed',
    ])
  })

  it('a server that slows its users down: fewer journeys than the time has room for', () => {
    expect(judged({ journeys_completed: { count: 7 } })).toEqual(['failed', '7 whole journeys (must be ≥ 8)'])
    expect(secondsOfJourney(journey.length, think)).toBe(18)
  })

  it('a step that too few came to, fast as it was', () => {
    expect(judged({ 'response_time{step:odds}': { 'p(95)': 20, count: 7 } })).toEqual([
      'failed',
      'odds: 7 requests (must be ≥ 8)',
    ])
  })

  it('a starved generator', () => {
    expect(judged({}, { idlePercent: 5 })[0]).toBe('invalid')
  })

  it('a script that does not run, and says why', () => {
    const said = 'time="…" level=error msg="TypeError: Cannot read property of undefined"'
    expect(judged({}, { exitCode: 107, said })[1]).toBe(`k6 ended with 107: ${said}`)
  })
})

it('names the site that visitors were led to, once for each step, where the run failed', () => {
  const said = ['login', 'odds', 'login'].map(
    (step) => `time="…" level=warning msg="${step}: leads to another site, https://other.example" source=console`,
  )
  const wrong = { rate: 0, passes: 0, fails: 500 }
  expect(judged({ 'step_ok{step:login}': wrong }, { said: said.join('\n') })).toEqual([
    'failed',
    'login: leads to another site, https://other.example',
    'odds: leads to another site, https://other.example',
    'login: 0 % of the answers were right (must be > 95 %)',
  ])
  expect(judged({}, { said: said.join('\n') })).toEqual(['passed'])
})

it('names the most frequent reason that k6 logged, without its address', () => {
  const line = (url: string, why: string) => `level=warning msg="Request Failed" error="Get \\"${url}\\": ${why}"`
  const said = [
    line('https://localhost/a', 'tls: failed to verify certificate: x509: certificate signed by unknown authority'),
    line('https://localhost/b', 'EOF'),
    line('https://localhost/c', 'tls: failed to verify certificate: x509: certificate signed by unknown authority'),
  ].join('\n')
  const down = { rate: 1, passes: 500, fails: 0 }
  expect(judged({ http_req_failed: down }, { said }).at(-1)).toBe(
    'why, by k6, 2 of 3 times: tls: failed to verify certificate: x509: certificate signed by unknown authority',
  )
})
