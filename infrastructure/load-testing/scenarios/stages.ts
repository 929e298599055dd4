/** How a load test calls itself: in logs it is told from visitors by that. */
export const userAgent = 'edge-load-test'

/** The four scenarios of the production document, exactly. k6 runs them and edge reads them: nothing is written twice. */
const scenarios = {
  smoke: { executor: 'constant-vus', vus: 5, duration: '1m' },
  load: {
    executor: 'ramping-vus',
    stages: [
      { duration: '2m', target: 100 },
      { duration: '5m', target: 100 },
      { duration: '2m', target: 0 },
    ],
  },
  stress: {
    executor: 'ramping-vus',
    stages: [
      { duration: '2m', target: 100 },
      { duration: '5m', target: 100 },
      { duration: '5m', target: 500 },
      { duration: '5m', target: 500 },
      { duration: '5m', target: 1000 },
      { duration: '5m', target: 1000 },
      { duration: '5m', target: 0 },
    ],
  },
  soak: {
    executor: 'ramping-vus',
    stages: [
      { duration: '5m', target: 100 },
      { duration: '60m', target: 100 },
      { duration: '5m', target: 0 },
    ],
  },
} as const

export type ScenarioName = keyof typeof scenarios
export const scenarioNames = ['smoke', 'load', 'stress', 'soak'] as const satisfies readonly ScenarioName[]

/** Minutes of `'5m'`. */
const minutes = (duration: string): number => Number(duration.replace('m', ''))

/** Long enough for a journey that has begun to come to its end. */
const grace = '45s'

/** How a scenario is run, where not exactly as it is. */
export type Shape = {
  /** 1 is the scenario's own length. */
  readonly scale: number
  /** At its top; absent for the scenario's own. */
  readonly users?: number | undefined
  /** New journeys begin at the rate of that many users, whether those before have come to their end or not. */
  readonly open?: boolean | undefined
}

/** So long a stage is, in seconds. */
const scaledSeconds = (duration: string, scale: number): number =>
  Math.max(1, Math.round(minutes(duration) * 60 * scale))

/** So long a scenario runs, in seconds. */
export function lengthOf(name: ScenarioName, scale: number): number {
  const scenario = scenarios[name]
  const stages = 'vus' in scenario ? [scenario] : scenario.stages
  return stages.reduce((sum, { duration }) => sum + scaledSeconds(duration, scale), 0)
}

/** A scenario as k6 takes it; with a scale other than 1 its times are shorter, for trials. */
export function scaledOptions(name: ScenarioName, { scale, users, open = false }: Shape, journeySeconds = 1) {
  const scaled = (duration: string): string => `${scaledSeconds(duration, scale)}s`
  const share = (users ?? extentOf(name).users) / extentOf(name).users
  const shared = (target: number): number => Math.ceil(target * share)
  const scenario = scenarios[name]
  if (open) return arrivals(name, scaled, shared, journeySeconds)
  if ('vus' in scenario) {
    return { ...scenario, vus: shared(scenario.vus), duration: scaled(scenario.duration), gracefulStop: grace }
  }
  return {
    ...scenario,
    startVUs: 0,
    stages: scenario.stages.map(({ duration, target }) => ({ duration: scaled(duration), target: shared(target) })),
    gracefulRampDown: grace,
    gracefulStop: grace,
  }
}

/** Rates are whole numbers for k6; in this time enough journeys begin that rounding is nothing. */
const timeUnit = '10m'
/** A request that takes 10 s has failed: a journey of which each step does so keeps its user for so much longer. */
const longerWhileStalled = 4
/** k6 lets a journey fall for each user that it has to add: so many are there from the beginning, if that is not too much. */
const readyAtMost = 1000

/** So many users k6 has at most. */
export const mostUsersOf = (name: ScenarioName, { users, open = false }: Omit<Shape, 'scale'>): number =>
  (users ?? extentOf(name).users) * (open ? longerWhileStalled : 1)

/**
 * The same visitors by their arrivals: as many journeys begin as those users would begin at a site that answers at once.
 * While it stands still they go on arriving, and what they wait is measured; users who wait would not come meanwhile.
 */
function arrivals(
  name: ScenarioName,
  scaled: (duration: string) => string,
  shared: (target: number) => number,
  journeySeconds: number,
) {
  const scenario = scenarios[name]
  const rate = (target: number): number => Math.max(1, Math.round((shared(target) * 600) / journeySeconds))
  const most = shared(extentOf(name).users)
  const common = {
    timeUnit,
    preAllocatedVUs: Math.max(Math.ceil(most * 1.5), Math.min(most * longerWhileStalled, readyAtMost)),
    maxVUs: most * longerWhileStalled,
    gracefulStop: grace,
  }
  if ('vus' in scenario) {
    return {
      executor: 'constant-arrival-rate' as const,
      rate: rate(scenario.vus),
      duration: scaled(scenario.duration),
      ...common,
    }
  }
  return {
    executor: 'ramping-arrival-rate' as const,
    startRate: 0,
    stages: scenario.stages.map(({ duration, target }) => ({
      duration: scaled(duration),
      target: target === 0 ? 0 : rate(target),
    })),
    ...common,
  }
}

/**
 * When all users of a scenario are there, in seconds from its beginning: a ramp of twenty minutes dilutes what is slow
 * only at its top. Undefined where they are there from the first second on.
 */
export function topOf(name: ScenarioName, scale: number): { readonly from: number; readonly to: number } | undefined {
  const scenario = scenarios[name]
  if ('vus' in scenario) return undefined
  let at = 0
  let before = 0
  for (const { duration, target } of scenario.stages) {
    const end = at + Math.max(1, minutes(duration) * 60 * scale)
    if (target === before && target === extentOf(name).users) return { from: at, to: end }
    at = end
    before = target
  }
  return undefined
}

/** How long a journey takes in which each answer comes at once: the pauses. */
export const secondsOfJourney = (
  steps: number,
  think: { readonly minimumMs: number; readonly maximumMs: number },
): number => Math.max(1, (steps * (think.minimumMs + think.maximumMs)) / 2 / 1000)

/** How many users a scenario has at most, for how many seconds it runs, and how many user-seconds are in it. */
export function extentOf(name: ScenarioName): { users: number; seconds: number; userSeconds: number } {
  const scenario = scenarios[name]
  if ('vus' in scenario) {
    const seconds = minutes(scenario.duration) * 60
    return { users: scenario.vus, seconds, userSeconds: scenario.vus * seconds }
  }
  let [users, seconds, userSeconds, before] = [0, 0, 0, 0]
  for (const { duration, target } of scenario.stages) {
    const length = minutes(duration) * 60
    seconds += length
    userSeconds += ((before + target) / 2) * length
    users = Math.max(users, target)
    before = target
  }
  return { users, seconds, userSeconds }
}
