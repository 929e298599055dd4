import { resolve } from 'node:path'
import { innerPorts } from '../config/ports.ts'
import { reserved } from '../config/reserved.ts'
import type { Configuration } from '../config/schema.ts'
import { OperatorError } from '../core/errors.ts'
import type { Instance, UnixUser } from '../core/instance.ts'
import type { PackageNeed } from '../core/plan.ts'
import type { World } from '../core/world.ts'
import { enginesUser, expectedUser } from '../targets/local/instance.ts'
import { findNode, recordNode } from '../targets/local/app-node.ts'
import { assertUnlocked, lockInstance } from '../targets/local/lock.ts'
import { keepGiven, readGiven } from '../targets/local/site-certificate.ts'
import { allowLowPorts } from '../targets/local/low-ports.ts'
import { giveBackDirectories } from '../targets/local/directories.ts'
import { ensureUser } from '../targets/local/packages.ts'
import { preflight, type Source } from '../targets/local/preflight.ts'
import { becomeUser } from '../targets/local/privileges.ts'
import { Supervisor, supervisorPaths } from '../targets/local/s6.ts'
import { readRotation } from '../targets/local/rotation.ts'
import { ensureSecrets } from '../targets/local/secrets.ts'
import { examineState, giveStateDirectory, prepareState } from '../targets/local/state.ts'
import { requireSupportedSystem } from '../targets/local/system.ts'
import { findK6, type FoundK6, k6Path, spaceForK6 } from '../targets/local/tools.ts'
import { installEngines, spaceForEngines } from '../targets/local/wheels.ts'
import { instanceOf, load, type Loaded, openInstance, type Opened, project, worldOf } from './open.ts'
import { publishedApi } from '../../infrastructure/release/published-api.ts'
import { undoKilledDrills } from './undo-drills.ts'
import { compose, type Composed } from '../../infrastructure/compose.ts'
import type { ProgressScreen } from './screen/progress.ts'

/** An instance that a verb works on, with what its rooms put there. */
export type Session = Opened & { readonly composed: Composed; readonly supervisor: Supervisor }

/** Opens an instance that is there, to look at it or to stop it. Throws OperatorError where there is none. */
export async function openExisting(world: World, options: Readonly<Record<string, unknown>>): Promise<Session> {
  const opened = await session(await openInstance(world, options))
  await undoKilledDrills(opened)
  return opened
}

async function session(opened: Opened): Promise<Session> {
  const { world, configuration, file, instance } = opened
  const supervisor = new Supervisor(supervisorPaths(instance.state), world)
  return { ...opened, composed: compose(configuration, instance, file, await publishedApi(opened)), supervisor }
}

/** What can be said without an instance: the plan of one that was never up has placeholders for its secrets. */
export async function openToPlan(world: World, options: Readonly<Record<string, unknown>>): Promise<Session> {
  const loaded = await load(world, options)
  const { configuration, state } = loaded
  const isThere = (await examineState(state, configuration.name)) === 'ours'
  const opened = isThere ? await openInstance(world, options) : await notThereYet(loaded, world)
  // With the Node that `up` would take, called from here.
  const appNode = await findNode(opened.instance, opened.world)
  return session(appNode === undefined ? opened : { ...opened, instance: { ...opened.instance, appNode } })
}

/** One that was never up, with what would stop that: a plan that is green for a port that is taken is believed. */
async function notThereYet(loaded: Loaded, world: World): Promise<Opened> {
  const { configuration, file } = loaded
  const instance = await instanceOf(loaded, expectedUser(configuration, world))
  await preflight({ ...whatItNeeds(loaded, instance), fresh: true, installations: [] })
  return { world, configuration, file, instance }
}

/** What an instance needs of the machine, whatever has to be installed for it. */
function whatItNeeds({ configuration, file, state }: Loaded, rough: Instance) {
  const { ports, sources } = compose(configuration, rough, file)
  const named = sources.map(({ where, path }) => ({ where, path: resolve(rough.directory, path) }))
  const { first: _, ...outer } = rough.ports
  return {
    state,
    directories: [project, rough.directory],
    sources: [...named, nodeSource(rough)],
    user: rough.user,
    ports: { ...outer, ...ports },
    blockOfPorts: innerPorts,
    listen: rough.listen,
  }
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
  /** Whether k6 is brought, too. */
  { k6: needsK6 }: { readonly k6: boolean },
): Promise<Session & { readonly release: () => Promise<void>; readonly k6: string | undefined }> {
  const loaded = await load(world, options)
  const { configuration, file, state } = loaded
  const prepared = await lookBeforeChanging(loaded, world, needsK6)
  const { user, k6, certificate } = await doWhatNeedsRoot(loaded, prepared, world, screen, needsK6)
  becomeUser(user)
  const unprivileged = worldOf(world, user, state)
  await prepareState(state, configuration.name, file)
  const release = await lockInstance(state, verb, world.now())
  try {
    await keepGiven(certificate)
    await screen.during(
      'secrets',
      async () => ({
        ...(await ensureSecrets(state, reserved.secrets)),
        isRotating: (await readRotation(state)) !== undefined,
      }),
      ({ generated, isRotating }) =>
        isRotating
          ? 'a replacement was cut off: edge secrets rotate takes it up'
          : generated === 0
            ? 'in place'
            : `${generated} generated, 0600`,
    )
    const appNode = await findNode({ ...prepared.rough, user }, unprivileged)
    if (appNode !== undefined) await recordNode(state, appNode)
    const opened = { world: unprivileged, configuration, file, instance: await instanceOf(loaded, user, appNode) }
    return { ...(await session(opened)), release, k6 }
  } catch (error) {
    await release()
    throw error
  }
}

/** The instance as far as it can be told before its user is there, and the programs that it needs. */
type Prepared = { readonly rough: Instance; readonly needs: readonly PackageNeed[] }

/** Finds what would stop it before anything is changed. Throws OperatorError. */
async function lookBeforeChanging(loaded: Loaded, world: World, needsK6: boolean): Promise<Prepared> {
  const { configuration, file, state } = loaded
  await requireSupportedSystem()
  const known = await examineState(state, configuration.name)
  // Before the look at ports: those of an instance that is just going up or down are neither free nor taken.
  await assertUnlocked(state, world)
  const rough = await instanceOf(loaded, expectedUser(configuration, world))
  const { needs } = compose(configuration, rough, file)
  const k6 = needsK6 ? await findK6(world) : undefined
  const its = whatItNeeds(loaded, rough)
  await preflight({
    ...its,
    sources: [...its.sources, ...(k6 ? [k6Source(k6)] : [])],
    fresh: known === 'new',
    installations: [...(await spaceForEngines(needs, world)), ...(needsK6 && !k6 ? [spaceForK6] : [])],
  }).catch(async (error: unknown) => {
    // One that began a moment later and is taking the engines down: then that is what stops this one, not its ports.
    await assertUnlocked(state, world)
    throw error
  })
  return { rough, needs }
}

function nodeSource({ node }: Instance): Source {
  const instead =
    'take it off PATH: then edge brings one of its own; or install Node 24 where others may enter (/usr/local)'
  return { where: 'node', path: node, instead }
}

function k6Source({ path, from }: FoundK6): Source {
  const without = from === 'K6_BIN' ? 'unset K6_BIN' : 'take it off PATH'
  return {
    where: from === 'K6_BIN' ? from : 'k6',
    path,
    instead: `${without}: then edge brings one of its own; or move it to /usr/local/bin`,
  }
}

/** Packages, tools, the engines' user, low ports, and what only root may read. */
async function doWhatNeedsRoot(
  loaded: Loaded,
  { rough, needs }: Prepared,
  world: World,
  screen: ProgressScreen,
  needsK6: boolean,
) {
  const { configuration, state } = loaded
  await screen.during(
    'engines',
    (task) => installEngines(needs, world, { say: task.say, line: (text) => screen.line(text) }),
    (summary) => summary,
  )
  // The tools lie in the clone, which the engines' user may not write.
  const k6 = needsK6 ? await bringK6(world, screen) : undefined
  const user = await readyUser(configuration, state, world)
  if (world.uid === 0) await giveBack(loaded, rough, user, screen)
  const lowPorts = await allowLowPorts(rough, user, world)
  if (lowPorts !== undefined) screen.line(`  ✓ ports           ${lowPorts}`)
  const { domain, certificate } = configuration.serve
  // Read by root, who alone may; written by the engines' user, to whom the folder belongs.
  const given = await readGiven(state, certificate, { directory: rough.directory, domain }, world.now())
  return { user, k6, certificate: given }
}

async function giveBack(
  { configuration, file, state }: Loaded,
  rough: Instance,
  user: UnixUser,
  screen: ProgressScreen,
): Promise<void> {
  const given = await giveBackDirectories(compose(configuration, rough, file).plan, state, user)
  if (given.length > 0) screen.line(`  ✓ directories     given back to ${user.name}: ${given.join(', ')}`)
}

function bringK6(world: World, screen: ProgressScreen): Promise<string> {
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
