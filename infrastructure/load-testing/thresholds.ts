import { magnitude } from '../../src/core/units.ts'
import { loadTesting } from './guarantees.ts'
import type { RunFile } from './run-file.ts'
import { extentOf, type ScenarioName, secondsOfJourney, topOf } from './scenarios/stages.ts'
import { assetsStep } from './settings.ts'

/** Of the journeys that would fit into a run with no waiting for answers, so many must have been made. */
const leastShare = 0.5

export type Expected = {
  /** The fewest whole journeys that a run with a living server makes. */
  readonly journeys: number
  /** In the journey's order; what pages load comes last. */
  readonly steps: readonly string[]
  /** For each metric, the gravest first. */
  readonly thresholds: RunFile['thresholds']
}

/**
 * The bounds of one run, each from its guarantee. A minimum for every step and for whole journeys is among them: k6
 * calls a threshold met when there is nothing to measure.
 */
export function expectedOf(
  scenario: ScenarioName,
  run: Pick<RunFile, 'journey' | 'think' | 'scale' | 'users' | 'requestsPerSecond'>,
): Expected {
  const steps = requestsByStep(run.journey)
  const extent = extentOf(scenario)
  const users = run.users ?? extent.users
  const userSeconds = extent.userSeconds * run.scale * (users / extent.users)
  const fits = Math.min(
    userSeconds / secondsOfJourney(run.journey.length, run.think),
    // Nobody can send what a cap holds back.
    ((run.requestsPerSecond ?? Infinity) * extent.seconds * run.scale) / total(steps),
  )
  const journeys = Math.max(1, Math.floor(fits * leastShare))
  // Under a cap, users wait for their turn: not each of them comes to its first page in time.
  const firstPages = run.requestsPerSecond === undefined ? users : Math.min(users, journeys)
  const p95 = `p(95)<${magnitude(loadTesting.responseTime.below)}`
  const failed = `rate<${magnitude(loadTesting.errorRate.below) / 100}`
  const right = `rate>${magnitude(loadTesting.successRate.above) / 100}`
  const thresholds: Record<string, string[]> = {
    http_req_failed: [failed],
    step_ok: [right],
    response_time: [p95, `p(99)<${magnitude(loadTesting.tailLatency.below)}`],
    journey_success: [right],
    journeys_completed: [`count>=${journeys}`],
    think_time: [
      `min>=${magnitude(loadTesting.thinkTime.between[0])}`,
      `max<=${magnitude(loadTesting.thinkTime.between[1])}`,
    ],
  }
  if (topOf(scenario, run.scale)) thresholds['response_time{phase:top}'] = [p95]
  for (const [step, requests] of steps) {
    // One slow step hides among five fast ones, and a failing one among five that work.
    thresholds[`http_req_failed{step:${step}}`] = [failed]
    thresholds[`step_ok{step:${step}}`] = [right]
    const least = step === assetsStep ? firstPages : journeys * requests
    // Each request is timed once: a counter of its own would be one more sample of each.
    thresholds[`response_time{step:${step}}`] = [p95, `count>=${least}`]
  }
  return { journeys, steps: [...steps.keys()], thresholds }
}

/**
 * What k6 has to tell apart, without a bound. With one, it puts all that it has measured of a metric in order every other
 * second, from the beginning on: at the top of the stress scenario that are a million values. Edge judges by the summary.
 */
export const toldApart = ({ thresholds }: Expected): RunFile['thresholds'] =>
  Object.fromEntries(Object.keys(thresholds).map((metric) => [metric, []]))

/** For whoever has k6 itself judge, which takes no count of a time: its own counter has each request as well. */
export const askedOfK6 = ({ thresholds }: Expected): RunFile['thresholds'] =>
  Object.fromEntries(
    Object.entries(thresholds).flatMap(([metric, bounds]) => {
      const counts = metric.startsWith('response_time{') ? bounds.filter((bound) => bound.startsWith('count')) : []
      const others: [string, string[]] = [metric, bounds.filter((bound) => !counts.includes(bound))]
      return counts.length === 0 ? [others] : [others, [metric.replace('response_time', 'http_reqs'), counts]]
    }),
  )

const total = (steps: ReadonlyMap<string, number>): number => [...steps.values()].reduce((sum, many) => sum + many, 0)

/** The steps of which figures are kept, what pages load among them. */
export const stepsOf = (journey: RunFile['journey']): readonly string[] => [...requestsByStep(journey).keys()]

/** How many requests a whole journey makes in each step. */
function requestsByStep(journey: RunFile['journey']): ReadonlyMap<string, number> {
  const steps = new Map<string, number>()
  for (const { name, requests } of journey) steps.set(name, (steps.get(name) ?? 0) + requests.length)
  // How many there are is the page's business; that each user loads one, the first time, is ours.
  if (journey.some(({ requests }) => requests.some(({ assets }) => assets))) steps.set(assetsStep, 1)
  return steps
}
