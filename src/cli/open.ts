import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { loadConfiguration } from '../config/load.ts'
import { reserved } from '../config/reserved.ts'
import type { Configuration } from '../config/schema.ts'
import { exit, OperatorError } from '../core/errors.ts'
import type { Instance, UnixUser } from '../core/instance.ts'
import { textOption } from '../core/options.ts'
import type { World } from '../core/world.ts'
import { enginesUser, makeInstance, withPlaceholders, stateDirectory } from '../targets/local/instance.ts'
import { becomeUser } from '../targets/local/privileges.ts'
import { recordedNode } from '../targets/local/app-node.ts'
import { readRotation, rotationOf } from '../targets/local/rotation.ts'
import { readSecrets } from '../targets/local/secrets.ts'
import { examineState } from '../targets/local/state.ts'

/** The folder of this clone. */
export const project = resolve(import.meta.dirname, '../..')

/**
 * An instance that is there, seen by a process that runs as the engines' user. Without the rooms: a verb that needs
 * none of them (a rollback) is not made to load them all.
 */
export type Opened = {
  readonly world: World
  readonly configuration: Configuration
  /** The configuration's file. */
  readonly file: string
  readonly instance: Instance
}

export type Loaded = {
  readonly configuration: Configuration
  readonly file: string
  readonly state: string
}

export async function load(world: World, options: Readonly<Record<string, unknown>>): Promise<Loaded> {
  const { configuration, file } = await loadConfiguration(world, project, textOption(options, 'config'))
  if (configuration.target === 'aws') {
    throw new OperatorError(
      'target',
      'this is for a site on this machine, and the configuration is for AWS',
      'give it the configuration of one for this machine: --config FILE',
      exit.usage,
    )
  }
  return { configuration, file, state: stateDirectory(configuration, world) }
}

/** Opens an instance that is there. Throws OperatorError where there is none. */
export async function openInstance(world: World, options: Readonly<Record<string, unknown>>): Promise<Opened> {
  const loaded = await load(world, options)
  const { configuration, file, state } = loaded
  if (!(await stat(state).catch(() => undefined))) {
    throw new OperatorError(
      configuration.name,
      `is not there (${state})`,
      'edge up brings it up; is it root who did? then: sudo',
    )
  }
  const user = await ownerOf(state, configuration, world)
  becomeUser(user)
  if ((await examineState(state, configuration.name)) === 'new') {
    throw new OperatorError(configuration.name, `is not there (${state} is empty)`, 'edge up brings it up')
  }
  return { world: worldOf(world, user, state), configuration, file, instance: await instanceOf(loaded, user) }
}

/** The instance of a configuration; secrets that are not there yet are placeholders. */
export async function instanceOf(
  { configuration, file, state }: Loaded,
  user: UnixUser,
  appNode?: string,
): Promise<Instance> {
  return makeInstance({
    settings: configuration,
    state,
    user,
    project,
    directory: configuration.directory ?? dirname(file),
    secrets: withPlaceholders(await readSecrets(state, reserved.secrets), reserved.secrets),
    rotation: rotationOf(await readRotation(state)),
    appNode: appNode ?? (await recordedNode(state)),
  })
}

async function ownerOf(state: string, configuration: Configuration, world: World): Promise<UnixUser> {
  const { uid } = await stat(state)
  const user = enginesUser(configuration, world)
  if (user?.uid === uid) return user
  throw new OperatorError(
    'state',
    `${state} belongs to another user (uid ${uid})`,
    'run this as that user, or with sudo',
    exit.usage,
  )
}

/** The world as the engines' user sees it: a home that it may write, a folder that it may enter. */
export function worldOf(world: World, user: UnixUser, state: string): World {
  if (world.uid === user.uid) return world
  process.chdir(project)
  const env = { HOME: state, USER: user.name, LOGNAME: user.name }
  return {
    ...world,
    uid: user.uid,
    cwd: project,
    env: { ...world.env, ...env },
    run: (command, options) => world.run(command, { cwd: project, ...options, env: { ...env, ...options?.env } }),
  }
}
