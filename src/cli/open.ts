import { readFile, stat } from 'node:fs/promises'
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
import { configurationBefore, examineState } from '../targets/local/state.ts'

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
  const chosen = textOption(options, 'config')
  const { configuration, file } = await loadConfiguration(world, project, chosen)
  if (configuration.target === 'aws') {
    throw new OperatorError(
      'target',
      'this is for a site on this machine, and the configuration is for AWS',
      'give it the configuration of one for this machine: --config FILE',
      exit.usage,
    )
  }
  const state = stateDirectory(configuration, world)
  if (chosen === undefined) await refuseAnothers(state, file, configuration.name)
  return { configuration, file, state }
}

/**
 * Two configurations that say no `name` mean one instance. Called from the wrong folder, `edge up` put the other site in the
 * place of the one that was there, and ran its migrations on that one's data. Throws OperatorError. One that was moved, and
 * one of the same content, which a release of the app brings with it, are the same.
 */
async function refuseAnothers(state: string, file: string, name: string): Promise<void> {
  const before = await configurationBefore(state)
  if (before === undefined || before === file) return
  const [one, other] = await Promise.all([before, file].map((path) => readFile(path, 'utf8').catch(() => undefined)))
  if (one === undefined || one === other) return
  throw new OperatorError(
    name,
    `was brought up by ${before}, and this is ${file}`,
    [
      `edge … --config ${before} is for what runs`,
      'for a second instance, give this one a `name` and ports of its own (docs/your-app.md)',
      `if this one is to take its place: edge … --config ${file}`,
    ],
    exit.usage,
  )
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
