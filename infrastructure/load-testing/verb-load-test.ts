import { exit } from '../../src/core/errors.ts'
import { type Options, textOption, words } from '../../src/core/options.ts'
import { documentStepLines } from '../../src/core/room.ts'
import type { InstanceVerb } from '../../src/core/verb.ts'
import type { World } from '../../src/core/world.ts'
import { type Against, allowed } from './against.ts'
import { baselineNamed } from './comparison/baseline.ts'
import { compareRuns } from './comparison/compare-runs.ts'
import { compareSites } from './comparison/compare-sites.ts'
import { documentSteps } from './document-steps.ts'
import type { LoadTestingEndpoint } from './endpoint.ts'
import { loadTesting } from './guarantees.ts'
import { journeyHash } from './journey-hash.ts'
import { k6Version } from './k6-version.ts'
import { thisMachine } from './machine.ts'
import { preflight } from './preflight.ts'
import type { Result } from './result.ts'
import { resultLines } from './result-lines.ts'
import { requireUp, runHere } from './run-here.ts'
import { extentOf, type ScenarioName, scenarioNames, type Shape } from './scenarios/stages.ts'
import { isAddress, wishOf } from './wish.ts'

type Run = Awaited<ReturnType<InstanceVerb<LoadTestingEndpoint>['load']>>

/** Runs a scenario, or compares runs that were made here or two sites; see beforeLoadTest for all else. */
export const loadTest: Run = async (endpoint, world, positional, options, screen) => {
  const [action, ...names] = words(positional)
  if (action === 'compare' && names.some(isAddress)) return compareSites(endpoint, world, names, options, screen)
  if (action === 'compare') return compareRuns(world, names, options, screen, endpoint.results)
  const [scenario, k6] = [scenarioNames.find((name) => name === options['scenario']), textOption(options, 'k6')]
  if (!scenario || k6 === undefined) throw new Error('a run was not given what beforeLoadTest answers')
  const wish = wishOf(options)
  const against = wish.against && (await allowed(wish.against, endpoint, options, world, screen))
  if (!against) await requireUp(endpoint, world)
  const baseline = await baselineFor(scenario, k6, { ...wish.shape, ...against }, endpoint, world, options)
  for (const line of await preflight(endpoint, scenario, { ...wish, against }, world)) screen.line(`  ${line}`)
  const result = await runHere(endpoint, scenario, { k6, shape: wish.shape, against, baseline }, world, screen)
  if (options['json'] === true) world.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
  const steps = documentStepLines(loadTesting.smoke.component, documentSteps)
  for (const line of [...resultLines(result, screen.paint), '', ...steps]) screen.line(line)
  return result.verdict === 'passed' ? exit.ok : exit.failed
}

/** The earlier run that this one is to be set beside, looked for before anything is measured. */
async function baselineFor(
  scenario: ScenarioName,
  k6: string,
  { scale, users = extentOf(scenario).users, open = false, requestsPerSecond }: Shape & Partial<Against>,
  { settings, results }: LoadTestingEndpoint,
  world: World,
  options: Options,
): Promise<Result | undefined> {
  const name = textOption(options, 'compare')
  if (name === undefined) return undefined
  const [machine, version] = await Promise.all([thisMachine(), k6Version(k6, world)])
  const shape = { scenario, scale, users, open, requestsPerSecond }
  const planned = { ...shape, journeyHash: journeyHash(settings), k6: version, machine }
  return baselineNamed(name, { planned, here: await results(), from: textOption(options, 'from') ?? world.cwd })
}
