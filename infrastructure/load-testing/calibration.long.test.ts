import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import { questions, resampled, tableOf } from './proofs/resampled.ts'
import type { Result } from './result.ts'

const runs = 40
const times = 1000
const seed = 20_261_130

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make()
  await instance.must('up', '--no-load-test')
})
afterAll(() => instance.remove())

/** Forty runs of a minute each, of one build. Nothing else may run on the machine meanwhile. */
it(`compares ${runs} recorded runs of one build with each other ${times} times`, async () => {
  const recorded: Result[] = []
  // The first run finds caches that nobody has filled: it is no neighbour of the others.
  for (let run = 0; run <= runs; run++) {
    const { stdout } = await instance.edge(['load-test', 'load', '--scale', '0.1', '--users', '20', '--json'])
    const result: Result = JSON.parse(stdout)
    expect([result.verdict, ...result.reasons]).toEqual(['passed'])
    if (run > 0) recorded.push(result)
  }
  const p95s = recorded.map(({ startedAt, steps }) => ({
    startedAt,
    p95: Object.fromEntries(steps.map(({ name, p95 }) => [name, p95])),
  }))
  await leaveReport('calibration', { times, seed, table: tableOf(recorded, [9, 10, 12, 14, 16], times, seed), p95s })
  const of = (slower: (step: string) => number) => resampled(recorded, { pairs: 12, times, seed, slower })
  expect(of(questions.same).regressed).toBeLessThanOrEqual(5)
  const tenth = of(questions.all)
  expect(tenth.regressed).toBeGreaterThanOrEqual(90)
  expect(tenth.pass).toBeLessThanOrEqual(5)
  expect(of(questions.one).pass).toBeLessThanOrEqual(5)
})
