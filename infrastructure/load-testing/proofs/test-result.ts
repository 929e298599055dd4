import type { Result } from '../result.ts'
import type { SeenSecond } from '../watch.ts'

const step = (name: string) => ({ name, requests: 20, median: 5, p95: 20, errorPercent: 0, successPercent: 100 })

/** A smoke test that passed, for tests of what is made of it. */
export const example: Result = {
  scenario: 'smoke',
  verdict: 'passed',
  reasons: [],
  interrupted: false,
  scale: 1,
  open: false,
  release: 'r1',
  journeyHash: 'j1',
  k6: 'v1.1.0',
  versions: { edge: '0.0.1', configuration: 'c1' },
  engines: { nginx: '1.22.1', postgresql: '15.18' },
  machine: { id: 'm1', processors: 2, model: 'a processor', memoryMb: 4096 },
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 60,
  users: 5,
  requests: 160,
  journeys: { completed: 20, least: 8, successPercent: 100 },
  responseTime: { median: 5, p95: 20, p99: 90 },
  errorPercent: 0,
  successPercent: 100,
  thinkTime: { minimum: 1001, maximum: 4900 },
  idlePercent: 70,
  steps: [step('homepage'), step('login')],
  directory: '/nowhere',
}

export const quietSecond: SeenSecond = {
  seconds: 0,
  users: 5,
  requestsPerSecond: 4,
  median: 5,
  p95: 10,
  p99: 20,
  failedPercent: 0,
  idlePercent: 80,
}

export const exampleTimeline: readonly SeenSecond[] = Array.from({ length: 60 }, (_, seconds) => ({
  ...quietSecond,
  seconds,
}))
