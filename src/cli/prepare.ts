import { join } from 'node:path'
import { loadConfiguration } from '../config/load.ts'
import { reserved } from '../config/reserved.ts'
import { exit } from '../core/errors.ts'
import type { PackageNeed } from '../core/plan.ts'
import type { World } from '../core/world.ts'
import { expectedUser, makeInstance, withPlaceholders, stateDirectory } from '../targets/local/instance.ts'
import { ensureUser, type PackageProgress } from '../targets/local/packages.ts'
import { refuse } from '../targets/local/problem.ts'
import { spaceProblems } from '../targets/local/space.ts'
import { requireSupportedSystem } from '../targets/local/system.ts'
import { findK6, k6Path, spaceForK6 } from '../targets/local/tools.ts'
import { installEngines, spaceForEngines } from '../targets/local/wheels.ts'
import { compose } from '../../infrastructure/compose.ts'
import { ProgressScreen } from './screen/progress.ts'
import { project } from './open.ts'
import { textOption } from '../core/options.ts'
import type { VerbRun } from '../core/verb.ts'

const chromium: PackageNeed = {
  binary: 'chromium',
  version: { args: ['--version'], pattern: /Chromium ([\d.]+)/, atLeast: '100' },
  packages: ['chromium', 'fonts-dejavu-core'],
}

/** The ACME server that tests order certificates from; it does not say its version. */
export const pebbleNeed: PackageNeed = { binary: 'pebble', packages: ['pebble'] }

/**
 * `edge prepare`: brings the programs that the configuration needs, and nothing else. It is the one part of `edge up`
 * that needs root, for those who want to do only that part as root.
 */
export const prepare: VerbRun = async (world, _positional, options) => {
  const tests = options['tests'] === true
  await prepareMachine(world, textOption(options, 'config'), { tests })
  return exit.ok
}

/** What `edge test` needs beyond the engines: Chromium, Pebble and k6. */
export function prepareForTests(world: World): Promise<void> {
  return prepareMachine(world, join(project, 'production.config.ts'), { tests: true })
}

/** What `edge bench` needs: the engines of the clone's own configuration. */
export function prepareForBench(world: World, silent: boolean): Promise<void> {
  return prepareMachine(world, join(project, 'production.config.ts'), { tests: false, silent })
}

async function prepareMachine(
  world: World,
  config: string | undefined,
  { tests, silent = false }: { readonly tests: boolean; readonly silent?: boolean },
): Promise<void> {
  await requireSupportedSystem()
  const { configuration, file } = await loadConfiguration(world, project, config)
  const user = expectedUser(configuration, world)
  const instance = makeInstance({
    settings: configuration,
    state: stateDirectory(configuration, world),
    user,
    project,
    directory: configuration.directory,
    secrets: withPlaceholders({}, reserved.secrets),
  })
  const needs = [...compose(configuration, instance, file).needs, ...(tests ? [chromium, pebbleNeed] : [])]
  const k6 = await findK6(world)
  refuse(await spaceProblems([...(await spaceForEngines(needs, world)), ...(k6 ? [] : [spaceForK6])]))
  const screen = new ProgressScreen(world.stdout, { silent })
  const again = tests ? 'prepare --tests' : 'prepare'
  const within = <Result>(
    name: string,
    work: (progress: PackageProgress) => Promise<Result>,
    end: (result: Result) => string,
  ) => screen.during(name, (task) => work({ say: task.say, line: (text) => screen.line(text) }), end)
  await within(
    'engines',
    (progress) => installEngines(needs, world, progress, again),
    (summary) => summary,
  )
  await within(
    'k6',
    (progress) => k6Path(world, progress),
    (path) => path,
  )
  if (world.uid === 0)
    await within(
      'user',
      () => ensureUser(configuration.user, world),
      ({ name, uid }) => `${name} (${uid})`,
    )
}
