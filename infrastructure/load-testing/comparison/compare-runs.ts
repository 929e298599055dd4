import { resolve } from 'node:path'
import { exit, type ExitCode, OperatorError } from '../../../src/core/errors.ts'
import { type Options, textOption } from '../../../src/core/options.ts'
import type { Screen } from '../../../src/core/screen.ts'
import type { Before } from '../../../src/core/verb.ts'
import type { World } from '../../../src/core/world.ts'
import { type Result, resultsIn } from '../result.ts'
import type { LoadTestingSettings } from '../settings.ts'
import { isAddress } from '../wish.ts'
import { beforeSites } from './compare-sites.ts'
import { choosePairs, runsOfRelease, type Side } from './sides.ts'
import { answerOf, tell } from './tell.ts'

/**
 * `edge load-test compare BASE CANDIDATE`: each a release that was measured here, or a folder of runs, as whoever typed
 * the command means it; or the address of a site that is to be measured. Folders alone need no instance.
 */
export async function beforeCompare(
  world: World,
  names: readonly string[],
  options: Options,
  outside: Parameters<Before<LoadTestingSettings>>[3],
): Promise<Options | ExitCode> {
  if (names.length !== 2) {
    throw new OperatorError(
      'load-test compare',
      'takes two addresses, two releases, or two folders of runs',
      'edge load-test compare BASE CANDIDATE; edge releases lists them',
      exit.usage,
    )
  }
  if (names.some(isAddress)) return beforeSites(world, names, options, outside)
  if (names.every(isFolder)) return compareRuns(world, names, options, outside.screen, () => Promise.resolve([]))
  return { ...options, from: world.cwd }
}

export async function compareRuns(
  world: World,
  [base = '', candidate = '']: readonly string[],
  options: Options,
  screen: Screen,
  runsHere: () => Promise<readonly Result[]>,
): Promise<ExitCode> {
  const [here, from] = [await runsHere(), textOption(options, 'from') ?? world.cwd]
  const chosen = choosePairs(await sideOf(base, here, from), await sideOf(candidate, here, from))
  return tell(answerOf({ base, candidate }, chosen), world, options, screen)
}

const isFolder = (name: string): boolean => name.includes('/')

async function sideOf(name: string, here: readonly Result[], from: string): Promise<Side> {
  if (!isFolder(name)) return { name, runs: runsOfRelease(name, here) }
  const runs = await resultsIn(resolve(from, name))
  if (runs.length > 0) return { name, runs }
  throw new OperatorError(name, 'holds no run', 'a folder of runs has a folder with a result.json for each', exit.usage)
}
