import { select } from '@inquirer/prompts'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { unknown } from '../../src/core/nearest.ts'
import { words } from '../../src/core/options.ts'
import type { Before } from '../../src/core/verb.ts'
import type { World } from '../../src/core/world.ts'
import { beforeCompare } from './comparison/compare-runs.ts'
import { exportScenario, writeStarter } from './init-and-export.ts'
import { extentOf, type ScenarioName, scenarioNames } from './scenarios/stages.ts'
import type { LoadTestingSettings } from './settings.ts'
import { isAddress, requireMeant, wishOf } from './wish.ts'

/** What needs no instance is done here; a run is given its scenario, and the k6 that it is made with. */
export const beforeLoadTest: Before<LoadTestingSettings> = async (world, positional, options, outside) => {
  const [first, ...others] = words(positional)
  requireMeant(first === 'compare' && others.some(isAddress) ? 'compare of addresses' : first, options)
  if (first === 'compare') return beforeCompare(world, others, options, outside)
  if (first === 'export') return exportScenario(world, others, options, outside.settings)
  if (first === 'init' && others.length === 0) return writeStarter(world, options, outside.settings)
  if (others.length > 0) {
    throw new OperatorError('load-test', `one scenario at a time (got ${words(positional).join(' ')})`, [], exit.usage)
  }
  wishOf(options)
  const scenario = await scenarioOf(first, world)
  // A folder is meant as whoever typed it means it.
  return { ...options, scenario, k6: await outside.k6(), from: world.cwd }
}

async function scenarioOf(named: string | undefined, world: World): Promise<ScenarioName> {
  const known = scenarioNames.find((name) => name === named)
  if (known) return known
  if (named !== undefined) throw unknown('scenario', named, scenarioNames)
  if (!world.stdinIsTTY || !world.stdout.isTTY) {
    throw new OperatorError('load-test', 'which scenario?', `edge load-test ${scenarioNames.join(' | ')}`, exit.usage)
  }
  const choices = scenarioNames.map((value) => {
    const { users, seconds } = extentOf(value)
    return { value, name: `${value.padEnd(8)}${users} users, ${Math.round(seconds / 60)} min` }
  })
  return select({ message: 'Which scenario?', choices }, { signal: world.signal })
}
