import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exit, type ExitCode } from '../../../src/core/errors.ts'
import { type Options, textOption } from '../../../src/core/options.ts'
import type { Screen } from '../../../src/core/screen.ts'
import type { Before } from '../../../src/core/verb.ts'
import type { World } from '../../../src/core/world.ts'
import type { LoadTestingEndpoint } from '../endpoint.ts'
import { lasting } from '../figures.ts'
import { preflight } from '../preflight.ts'
import { lockRuns, runLocked } from '../run-here.ts'
import { lengthOf } from '../scenarios/stages.ts'
import type { LoadTestingSettings } from '../settings.ts'
import { stepsOf } from '../thresholds.ts'
import { pairsOf, wishOf } from '../wish.ts'
import type { Left } from './comparison-schema.ts'
import type { Run } from './pairs.ts'
import { choosePairs } from './sides.ts'
import { releaseGuard, type Sides, sidesOf, sitesOf } from './sites.ts'
import { answerOf, type Names, tell, writeJson } from './tell.ts'
import { type Taken, takeTurns, type Turn, turnsOf } from './turns.ts'

const scenario = 'load'

type Outside = Pick<Parameters<Before<LoadTestingSettings>>[3], 'settings' | 'k6'>

/** Looks at all that was typed before an instance is opened, and brings k6. */
export async function beforeSites(
  world: World,
  names: readonly string[],
  options: Options,
  { settings, k6 }: Outside,
): Promise<Options> {
  sitesOf(names)
  wishOf(options)
  pairsOf(options, stepsOf((await settings()).journey).length)
  return { ...options, from: world.cwd, k6: await k6() }
}

/** Measures two sites by turns, and compares them. */
export async function compareSites(
  endpoint: LoadTestingEndpoint,
  world: World,
  [base = '', candidate = '']: readonly string[],
  options: Options,
  screen: Screen,
): Promise<ExitCode> {
  const wanted = pairsOf(options, stepsOf(endpoint.settings.journey).length)
  const sides = await sidesOf(sitesOf([base, candidate]), endpoint, options, world, screen)
  const unlock = await lockRuns(endpoint, 'compare', world)
  try {
    await lookBefore(endpoint, sides, options, world, screen)
    const startedAt = world.now().toISOString()
    const taken = await takeTurns(wanted, await turnOn(endpoint, sides, wanted, options, world, screen))
    const report = await reportIn(endpoint.folder, startedAt)
    return await conclude({ base, candidate }, taken, { startedAt, wanted, report }, options, world, screen)
  } finally {
    await unlock()
  }
}

async function lookBefore(
  endpoint: LoadTestingEndpoint,
  sides: Sides,
  options: Options,
  world: World,
  screen: Screen,
): Promise<void> {
  const { shape } = wishOf(options)
  const warnings = new Set<string>()
  for (const against of [sides.base, sides.candidate]) {
    for (const line of await preflight(endpoint, scenario, { shape, against }, world)) warnings.add(line)
  }
  for (const line of warnings) screen.line(`  ${line}`)
}

/** How one run is made, each with its place among all and the time that is left in its line. */
async function turnOn(
  endpoint: LoadTestingEndpoint,
  sides: Sides,
  wanted: number,
  options: Options,
  world: World,
  screen: Screen,
): Promise<(turn: Turn) => Promise<Run>> {
  const k6 = textOption(options, 'k6')
  if (k6 === undefined) throw new Error('a comparison was not given what beforeSites answers')
  const { shape } = wishOf(options)
  const requireSameRelease = await releaseGuard(endpoint, sides)
  const seconds = (): number => world.now().getTime() / 1000
  const [begun, guess] = [seconds(), lengthOf(scenario, shape.scale)]
  screen.line(`  ${wanted} pairs of ${scenario}, by turns: ${lasting(turnsOf(wanted) * guess)} and more`)
  let made = 0
  return async ({ side, pair, after }) => {
    const since = seconds()
    // Each that is left takes as long as those before it.
    const each = made === 0 ? guess : (since - begun) / made
    const left = (): number => each * (after + 1) - (seconds() - since)
    const line = {
      name: pair === 0 ? `warm-up ${side}` : `${pair}/${wanted} ${side}`,
      end: () => (after > 0 && left() > 0 ? `   of all ${lasting(left())} left` : ''),
    }
    const result = await runLocked(endpoint, scenario, { k6, shape, against: sides[side], line }, world, screen)
    made++
    await requireSameRelease()
    return result
  }
}

/** The path of what a comparison leaves, beside the folders of its runs. */
async function reportIn(folder: string, startedAt: string): Promise<string> {
  const directory = join(folder, `${startedAt.replaceAll(/[:.]/g, '-')}-compare`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  return join(directory, 'comparison.json')
}

type About = { readonly startedAt: string; readonly wanted: number; readonly report: string }

/** Leaves the report, and says what came of it; of one that was interrupted, no verdict. */
async function conclude(
  names: Names,
  { base, candidate, interrupted }: Taken,
  about: About,
  options: Options,
  world: World,
  screen: Screen,
): Promise<ExitCode> {
  const keep = (answer: Left) => writeFile(about.report, `${JSON.stringify(answer, undefined, 2)}\n`)
  const path = screen.paint.dim(about.report)
  if (interrupted) {
    const times = (runs: readonly Run[]) => runs.map(({ startedAt }) => startedAt)
    const answer = { ...names, ...about, interrupted, runs: { base: times(base), candidate: times(candidate) } }
    await keep(answer)
    writeJson(answer, world, options)
    screen.line(`\n  interrupted: no verdict; the runs that were made stay (edge reports)\n  ${path}`)
    return exit.interrupted
  }
  const chosen = choosePairs({ name: names.base, runs: base }, { name: names.candidate, runs: candidate })
  const answer = { ...answerOf(names, chosen), ...about, interrupted }
  await keep(answer)
  const code = tell(answer, world, options, screen)
  if (answer.pairs < about.wanted) screen.line(`  ended after pair ${answer.pairs} of ${about.wanted}: a run failed`)
  screen.line(`  ${path}`)
  return code
}
