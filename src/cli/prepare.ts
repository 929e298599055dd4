import { join } from 'node:path'
import { loadConfiguration } from '../config/load.ts'
import { exit } from '../core/errors.ts'
import type { PackageNeed } from '../core/plan.ts'
import type { World } from '../core/world.ts'
import { expectedUser, makeInstance, placeholderSecrets, stateDirectory } from '../targets/local/instance.ts'
import { ensureUser, installPackages, type PackageProgress, spaceForPackages } from '../targets/local/packages.ts'
import { refuse } from '../targets/local/problem.ts'
import { spaceProblems } from '../targets/local/space.ts'
import { requireSupportedSystem } from '../targets/local/system.ts'
import { findK6, k6Path, spaceForK6 } from '../targets/local/tools.ts'
import { compose } from './rooms.ts'
import { ProgressScreen } from './screen/progress.ts'
import { project, textOption } from './open.ts'
import type { VerbRun } from './verb.ts'

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
  await prepareMachine(world, textOption(options, 'config'), tests)
  return exit.ok
}

/** What `edge test` needs beyond the engines: Chromium, Pebble and k6. */
export function prepareForTests(world: World): Promise<void> {
  return prepareMachine(world, join(project, 'production.config.ts'), true)
}

async function prepareMachine(world: World, config: string | undefined, tests: boolean): Promise<void> {
  await requireSupportedSystem()
  const { configuration, file } = await loadConfiguration(world, project, config)
  const user = expectedUser(configuration, world)
  const instance = makeInstance({
    settings: configuration,
    state: stateDirectory(configuration, world),
    user,
    project,
    directory: configuration.directory,
    secrets: placeholderSecrets({}),
  })
  const needs = [...compose(configuration, instance, file).needs, ...(tests ? [chromium, pebbleNeed] : [])]
  const k6 = await findK6(world)
  refuse(await spaceProblems([...(await spaceForPackages(needs, world)), ...(k6 ? [] : [spaceForK6])]))
  const screen = new ProgressScreen(world.stdout)
  const again = tests ? 'prepare --tests' : 'prepare'
  const within = <Result>(
    name: string,
    work: (progress: PackageProgress) => Promise<Result>,
    end: (result: Result) => string,
  ) => screen.during(name, (task) => work({ say: task.say, line: (text) => screen.line(text) }), end)
  await within(
    'engines',
    (progress) => installPackages(needs, world, progress, again),
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
