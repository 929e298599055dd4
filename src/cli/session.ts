import { dirname, resolve } from 'node:path'
import { namedPaths } from '../../infrastructure/app/settings.ts'
import type { Configuration } from '../config/schema.ts'
import { OperatorError } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { addressOf, enginesUser, expectedUser, portsOf } from '../targets/local/instance.ts'
import { assertUnlocked, lockInstance } from '../targets/local/lock.ts'
import { keepGiven, readGiven } from '../targets/local/site-certificate.ts'
import { allowLowPorts } from '../targets/local/low-ports.ts'
import { ensureUser, installPackages } from '../targets/local/packages.ts'
import { preflight } from '../targets/local/preflight.ts'
import { becomeUser, type UnixUser } from '../targets/local/privileges.ts'
import { Supervisor, supervisorPaths } from '../targets/local/s6.ts'
import { ensureSecrets } from '../targets/local/secrets.ts'
import { examineState, giveStateDirectory, prepareState } from '../targets/local/state.ts'
import { requireSupportedSystem } from '../targets/local/system.ts'
import { k6Path } from '../targets/local/tools.ts'
import { instanceOf, load, type Loaded, openInstance, type Opened, project, worldOf } from './open.ts'
import { publishedApi } from './published-api.ts'
import { compose, type Composed } from './rooms.ts'
import type { ProgressScreen } from './screen/progress.ts'

/** An instance that a verb works on, with what its rooms put there. */
export type Session = Opened & { readonly composed: Composed; readonly supervisor: Supervisor }

/** Opens an instance that is there, to look at it or to stop it. Throws OperatorError where there is none. */
export async function openExisting(world: World, options: Readonly<Record<string, unknown>>): Promise<Session> {
  return session(await openInstance(world, options))
}

async function session(opened: Opened): Promise<Session> {
  const { world, configuration, file, instance } = opened
  const supervisor = new Supervisor(supervisorPaths(instance.state), world)
  return { ...opened, composed: compose(configuration, instance, file, await publishedApi(opened)), supervisor }
}

/** What can be said without an instance: the plan of one that was never up has placeholders for its secrets. */
export async function openToPlan(world: World, options: Readonly<Record<string, unknown>>): Promise<Session> {
  const loaded = await load(world, options)
  const { configuration, file, state } = loaded
  if ((await examineState(state, configuration.name)) === 'ours') return openExisting(world, options)
  const user = expectedUser(configuration, world)
  return session({ world, configuration, file, instance: await instanceOf(loaded, user) })
}

/**
 * Opens an instance to change it: looks for what would stop the work halfway, installs what is missing (the one thing
 * that needs root), becomes the engines' user for good, and holds the instance's lock.
 */
export async function openToChange(
  world: World,
  options: Readonly<Record<string, unknown>>,
  verb: string,
  screen: ProgressScreen,
  { loadTest }: { readonly loadTest: boolean },
): Promise<Session & { readonly release: () => Promise<void>; readonly k6: string | undefined }> {
  const loaded = await load(world, options)
  const { configuration, file, state } = loaded
  await lookBeforeChanging(loaded, world)
  const { user, k6, certificate } = await doWhatNeedsRoot(loaded, world, screen, loadTest)
  becomeUser(user)
  const unprivileged = worldOf(world, user, state)
  await prepareState(state, configuration.name)
  const release = await lockInstance(state, verb, world.now())
  try {
    await keepGiven(certificate)
    await screen.during(
      'secrets',
      () => ensureSecrets(state),
      ({ generated }) => (generated === 0 ? 'in place' : `${generated} generated, 0600`),
    )
    const opened = { world: unprivileged, configuration, file, instance: await instanceOf(loaded, user) }
    return { ...(await session(opened)), release, k6 }
  } catch (error) {
    await release()
    throw error
  }
}

/** Finds what would stop it before anything is changed. Throws OperatorError. */
async function lookBeforeChanging({ configuration, file, state }: Loaded, world: World): Promise<void> {
  await requireSupportedSystem()
  const known = await examineState(state, configuration.name)
  // Before the look at ports: those of an instance that is just going up or down are neither free nor taken.
  await assertUnlocked(state, world)
  const directory = configuration.directory ?? dirname(file)
  await preflight({
    state,
    directories: [project, directory],
    sources: namedPaths(configuration.site).map(({ where, path }) => ({ where, path: resolve(directory, path) })),
    user: expectedUser(configuration, world),
    ports: portsOf(configuration),
    listen: addressOf(configuration.serve.listen),
    fresh: known === 'new',
  }).catch(async (error: unknown) => {
    // One that began a moment later and is taking the engines down: then that is what stops this one, not its ports.
    await assertUnlocked(state, world)
    throw error
  })
}

/** Packages, tools, the engines' user, low ports, and what only root may read. */
async function doWhatNeedsRoot(loaded: Loaded, world: World, screen: ProgressScreen, loadTest: boolean) {
  const { configuration, file, state } = loaded
  const rough = await instanceOf(loaded, expectedUser(configuration, world))
  await screen.during(
    'engines',
    (task) =>
      installPackages(compose(configuration, rough, file).needs, world, {
        say: task.say,
        line: (text) => screen.line(text),
      }),
    (summary) => summary,
  )
  // The tools lie in the clone, which the engines' user may not write.
  const k6 = loadTest ? await findK6(world, screen) : undefined
  const user = await readyUser(configuration, state, world)
  const lowPorts = await allowLowPorts(rough, user, world)
  if (lowPorts !== undefined) screen.line(`  ✓ ports           ${lowPorts}`)
  const { domain, certificate } = configuration.serve
  const directory = configuration.directory ?? dirname(file)
  // Read by root, who alone may; written by the engines' user, to whom the folder belongs.
  return { user, k6, certificate: await readGiven(state, certificate, { directory, domain }, world.now()) }
}

function findK6(world: World, screen: ProgressScreen): Promise<string> {
  return screen.during(
    'k6',
    (task) => k6Path(world, { say: task.say, line: (text) => screen.line(text) }),
    (path) => path,
  )
}

/** The engines' user, with a directory of its own; root is still needed for what follows. */
async function readyUser(configuration: Configuration, state: string, world: World): Promise<UnixUser> {
  if (world.uid !== 0) {
    const self = enginesUser(configuration, world)
    if (!self) throw new OperatorError('user', 'has no name on this machine', 'is it in /etc/passwd?')
    return self
  }
  const user = await ensureUser(configuration.user, world)
  await giveStateDirectory(state, user)
  return user
}
