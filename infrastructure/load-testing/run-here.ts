import { exit, OperatorError } from '../../src/core/errors.ts'
import type { Screen } from '../../src/core/screen.ts'
import type { World } from '../../src/core/world.ts'
import { lockInstance } from '../../src/targets/local/lock.ts'
import type { Against } from './against.ts'
import type { LoadTestingEndpoint } from './endpoint.ts'
import { lasting } from './figures.ts'
import { keepRun } from './kept-runs.ts'
import type { Result } from './result.ts'
import { figuresOf } from './result-lines.ts'
import { runScenario } from './run.ts'
import type { ScenarioName, Shape } from './scenarios/stages.ts'
import type { SeenSecond } from './watch.ts'

type How = {
  readonly k6: string
  readonly shape?: Shape
  readonly against?: Against | undefined
  readonly baseline?: Result | undefined
  /** What its line is called, and what stands at its end; of one run among many. */
  readonly line?: { readonly name: string; readonly end: () => string }
}

/** Runs a scenario against what is up, with one live line. One at a time: two would measure each other. */
export async function runHere(
  endpoint: LoadTestingEndpoint,
  scenario: ScenarioName,
  how: How,
  world: World,
  screen: Screen,
): Promise<Result> {
  const unlock = await lockRuns(endpoint, scenario, world)
  try {
    return await runLocked(endpoint, scenario, how, world, screen)
  } finally {
    await unlock()
  }
}

/** Keeps everybody else from measuring; `what` is told to whoever tries. */
export const lockRuns = ({ state }: LoadTestingEndpoint, what: string, world: World): Promise<() => Promise<void>> =>
  lockInstance(state, `load-test ${what}`, world.now(), 'load-test')

/** The same for whoever holds that lock. */
export async function runLocked(
  endpoint: LoadTestingEndpoint,
  scenario: ScenarioName,
  { k6, shape = { scale: 1 }, against, baseline, line = { name: scenario, end: () => '' } }: How,
  world: World,
  screen: Screen,
): Promise<Result> {
  const { settings, folder } = endpoint
  const place = await placeOf(endpoint, against, world)
  const result = await screen.during(
    line.name,
    (task) =>
      runScenario(
        {
          k6,
          scenario,
          ...place,
          settings,
          folder,
          shape,
          against,
          baseline,
          onSecond: (elapsed, total, seen) => task.say(`${liveLine(elapsed, total, seen)}${line.end()}`),
        },
        world,
      ),
    (ran) => `${ran.verdict}   ${figuresOf(ran)}${line.end()}`,
    ({ verdict }) => verdict === 'passed',
  )
  await keepRun(endpoint.records, result, world.now())
  return result
}

export async function requireUp({ isUp, name }: LoadTestingEndpoint, world: World): Promise<void> {
  if (await isUp(world)) return
  throw new OperatorError('load-test', `nothing of ${name} runs`, 'edge up', exit.usage)
}

/** Where visitors go, and what is live there: an address that is not this instance's keeps that to itself. */
async function placeOf(endpoint: LoadTestingEndpoint, against: Against | undefined, world: World) {
  if (against) {
    const { site, ca, connectTo } = against
    const { edge } = await endpoint.versions()
    return {
      site,
      ca,
      connectTo,
      password: against.password,
      release: site,
      releaseNow: () => Promise.resolve(site),
      versions: edge === undefined ? {} : { edge },
      engines: {},
    }
  }
  await requireUp(endpoint, world)
  const release = await endpoint.release()
  if (release === undefined) throw new OperatorError('load-test', 'nothing is published yet', 'edge up')
  const { place, password, pool, atWork, eventLoops, engines } = endpoint
  return {
    ...place,
    password,
    beside: { engines: await engines(world), pool, atWork, eventLoops, files: await endpoint.files() },
    release,
    versions: await endpoint.versions(),
    engines: await endpoint.engineVersions(world),
    releaseNow: endpoint.release,
  }
}

function liveLine(elapsed: number, total: number, seen: SeenSecond | undefined): string {
  const left = total - elapsed
  const time = left > 0 ? `${lasting(left)} left` : 'the last journeys come to their end'
  if (!seen) return time
  const p95 = seen.p95 === null ? '' : `   p95 ${Math.round(seen.p95)} ms`
  const errors = `   errors ${Math.round((seen.failedPercent ?? 0) * 10) / 10} %`
  return `${time}   ${seen.users} users   ${Math.round(seen.requestsPerSecond)} requests/s${p95}${errors}`
}
