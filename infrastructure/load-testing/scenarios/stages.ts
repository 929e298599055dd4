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

/** A scenario as k6 takes it; with a scale other than 1 its times are shorter, for trials. */
export function scaledOptions(name: ScenarioName, scale: number) {
  const scaled = (duration: string): string => `${Math.max(1, Math.round(minutes(duration) * 60 * scale))}s`
  const scenario = scenarios[name]
  if ('vus' in scenario) return { ...scenario, duration: scaled(scenario.duration), gracefulStop: grace }
  return {
    ...scenario,
    startVUs: 0,
    stages: scenario.stages.map(({ duration, target }) => ({ duration: scaled(duration), target })),
    gracefulRampDown: grace,
    gracefulStop: grace,
  }
}

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
