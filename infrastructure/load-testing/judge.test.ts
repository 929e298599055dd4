import { describe, expect, it } from 'vitest'
import { judge, type RunFacts, type Summary } from './judge.ts'
import type { Expected } from './thresholds.ts'

const expected: Expected = {
  journeys: 10,
  steps: ['homepage', 'login'],
  thresholds: {
    response_time: ['p(95)<500'],
    'response_time{step:homepage}': ['p(95)<500'],
    'response_time{step:login}': ['p(95)<500', 'count>=10'],
  },
}
const facts: RunFacts = {
  scenario: 'smoke',
  scale: 1,
  open: false,
  release: 'r1',
  releaseAtEnd: 'r1',
  journeyHash: 'j1',
  k6: 'v1.1.0',
  versions: {},
  engines: {},
  machine: { id: 'm1', processors: 2, model: 'a processor', memoryMb: 4096 },
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 60,
  users: 5,
  idlePercent: 50,
  directory: '/tmp',
  interrupted: false,
  exitCode: 0,
  said: '',
  othersPercent: undefined,
}
const timed = (p95: number, count = 20) => ({ values: { 'p(95)': p95, count } })
const summaryOf = (home: ReturnType<typeof timed>, login: ReturnType<typeof timed>): Summary => ({
  metrics: {
    response_time: timed(20),
    'response_time{step:homepage}': home,
    'response_time{step:login}': login,
  },
})
const healthy = summaryOf(timed(20), timed(20))

describe('a run', () => {
  it('passes when each bound is met', () => {
    expect(judge(healthy, expected, facts)).toMatchObject({ verdict: 'passed', reasons: [] })
  })

  it('fails for one slow step that the figure of all hides', () => {
    const { verdict, reasons } = judge(summaryOf(timed(20), timed(900)), expected, facts)
    expect([verdict, ...reasons]).toEqual(['failed', 'login: 95 of 100 requests took up to 900 ms (must be < 500 ms)'])
  })

  it('fails for a step without samples, which meets each bound on what is not there', () => {
    const { verdict, reasons } = judge(summaryOf(timed(20), timed(0, 0)), expected, facts)
    expect([verdict, ...reasons]).toEqual(['failed', 'login: no user reached it'])
  })

  it('proves nothing when another release went live meanwhile', () => {
    const { verdict, reasons } = judge(healthy, expected, { ...facts, releaseAtEnd: 'r2' })
    expect([verdict, ...reasons]).toEqual(['invalid', 'it began with r1, and r2 is live now: whose figures are these?'])
  })

  it('names the step first that a visitor meets first', () => {
    const { reasons } = judge(summaryOf(timed(600), timed(900)), expected, facts)
    expect(reasons.map((reason) => reason.split(':')[0])).toEqual(['homepage', 'login'])
  })

  it.each([
    [
      'something else had the time',
      healthy,
      { idlePercent: 19, othersPercent: 150.3 },
      'what is neither k6 nor an engine of this instance took 150 % of one',
    ],
    ['the machine had no time left', healthy, { idlePercent: 19 }, 'only 19 % of the processors'],
    [
      'k6 wrote no summary',
      undefined,
      { exitCode: 107, said: 'at first\nno such file' },
      'k6 ended with 107 and wrote no summary: no such file',
    ],
    ['k6 did not come to the end', healthy, { exitCode: 108 }, 'k6 ended with 108'],
    ['k6 was killed', undefined, { exitCode: null }, 'k6 was killed'],
    ['it was interrupted', healthy, { interrupted: true, seconds: 7 }, 'interrupted after 7 s'],
  ])('is invalid when %s', (_why, summary, change, reason) => {
    const result = judge(summary, expected, { ...facts, ...change })
    expect(result.verdict).toBe('invalid')
    expect(result.reasons[0]).toContain(reason)
  })
})
