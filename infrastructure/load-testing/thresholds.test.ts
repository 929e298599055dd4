import { expect, it } from 'vitest'
import { loadTestingSettings } from './settings.ts'
import { askedOfK6, expectedOf } from './thresholds.ts'

const { journey } = loadTestingSettings.parse({})
const run = { journey, think: { minimumMs: 1000, maximumMs: 5000 }, scale: 1 }
const { thresholds, steps, journeys } = expectedOf('smoke', run)

it('bounds the whole run by the promises', () => {
  expect(thresholds).toMatchObject({
    response_time: ['p(95)<500', 'p(99)<1000'],
    http_req_failed: ['rate<0.01'],
    step_ok: ['rate>0.95'],
    journey_success: ['rate>0.95'],
    think_time: ['min>=1000', 'max<=5000'],
  })
})

it('bounds each step by itself, and what pages load', () => {
  expect(steps).toEqual(['homepage', 'login', 'browse-sports', 'odds', 'predictions', 'logout', 'assets'])
  for (const step of steps) {
    expect(thresholds[`response_time{step:${step}}`]?.[0]).toBe('p(95)<500')
    expect(thresholds[`http_req_failed{step:${step}}`]).toEqual(['rate<0.01'])
  }
})

it('wants half of the journeys that fit into the time, and the requests of each', () => {
  // 5 users for 60 s, six pauses of 3 s in a journey: 16.7 of them.
  expect(journeys).toBe(8)
  expect(thresholds['response_time{step:login}']).toEqual(['p(95)<500', 'count>=8'])
  expect(thresholds['response_time{step:browse-sports}']).toEqual(['p(95)<500', 'count>=16'])
  expect(thresholds['response_time{step:assets}']).toEqual(['p(95)<500', 'count>=5'])
})

it('wants one journey at least, however short the run', () => {
  expect(expectedOf('smoke', { ...run, scale: 0.001 }).journeys).toBe(1)
})

it('bounds the top of a ramp by itself, which the ramp would dilute', () => {
  expect(expectedOf('stress', run).thresholds['response_time{phase:top}']).toEqual(['p(95)<500'])
  expect(thresholds).not.toHaveProperty('response_time{phase:top}')
})

it('wants of a run that is capped half of what the cap leaves room for', () => {
  // 1000 users would make 26,416 journeys of nine requests; 50 a second for 1920 s are 10,666 of them.
  const capped = expectedOf('stress', { ...run, requestsPerSecond: 50 })
  expect([expectedOf('stress', run).journeys, capped.journeys]).toEqual([26_416, 5333])
  expect(capped.thresholds['response_time{step:login}']).toContain('count>=5333')
  expect(expectedOf('smoke', { ...run, requestsPerSecond: 50 })).toEqual(expectedOf('smoke', run))
  expect(expectedOf('smoke', { ...run, scale: 0.1, requestsPerSecond: 1 }).thresholds).toMatchObject({
    journeys_completed: ['count>=1'],
    'response_time{step:assets}': ['p(95)<500', 'count>=1'],
  })
})

it('asks k6, where that judges, for the count of its own counter: it takes none of a time', () => {
  const asked = askedOfK6(expectedOf('smoke', run))
  expect(asked).toMatchObject({
    response_time: ['p(95)<500', 'p(99)<1000'],
    'response_time{step:login}': ['p(95)<500'],
    'http_reqs{step:login}': ['count>=8'],
    journeys_completed: ['count>=8'],
  })
  const bounds = (all: Readonly<Record<string, readonly string[]>>) => Object.values(all).flat().length
  expect(bounds(asked)).toBe(bounds(thresholds))
})
