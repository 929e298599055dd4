import { magnitude } from '../../src/core/units.ts'
import { loadTesting } from './guarantees.ts'
import type { RunFile } from './run-file.ts'
import { extentOf, type ScenarioName } from './scenarios/stages.ts'

/** Of the journeys that would fit into a run with no waiting for answers, so many must have been made. */
const leastShare = 0.5

export type Expected = {
  /** The fewest whole journeys, and the fewest requests of each step, that a run with a living server makes. */
  readonly journeys: number
  readonly thresholds: RunFile['thresholds']
}

/**
 * The bounds of one run, each from its guarantee. A minimum for every step and for whole journeys is among them: k6
 * calls a threshold met when there is nothing to measure.
 */
export function expectedOf(scenario: ScenarioName, run: Pick<RunFile, 'journey' | 'think' | 'scale'>): Expected {
  const steps = run.journey.map(({ name }) => name)
  const secondsOfJourney = (steps.length * (run.think.minimumMs + run.think.maximumMs)) / 2 / 1000
  const fits = (extentOf(scenario).userSeconds * run.scale) / Math.max(secondsOfJourney, 1)
  const journeys = Math.max(1, Math.floor(fits * leastShare))
  const slowest = magnitude(loadTesting.responseTime.below)
  const thresholds: Record<string, string[]> = {
    response_time: [`p(95)<${slowest}`, `p(99)<${magnitude(loadTesting.tailLatency.below)}`],
    http_req_failed: [`rate<${magnitude(loadTesting.errorRate.below) / 100}`],
    step_ok: [`rate>${magnitude(loadTesting.successRate.above) / 100}`],
    journey_success: [`rate>${magnitude(loadTesting.successRate.above) / 100}`],
    journeys_completed: [`count>=${journeys}`],
    think_time: [
      `min>=${magnitude(loadTesting.thinkTime.between[0])}`,
      `max<=${magnitude(loadTesting.thinkTime.between[1])}`,
    ],
  }
  for (const step of new Set(steps)) {
    // One slow step hides among five fast ones, and a dead one among five living ones.
    thresholds[`response_time{step:${step}}`] = [`p(95)<${slowest}`]
    thresholds[`step_ok{step:${step}}`] = [`rate>${magnitude(loadTesting.successRate.above) / 100}`]
    thresholds[`step_requests{step:${step}}`] = [`count>=${journeys}`]
  }
  return { journeys, thresholds }
}
