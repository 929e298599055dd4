import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ComponentName } from '../src/core/guarantee.ts'
import { compose } from '../infrastructure/compose.ts'
import { loadConfiguration } from '../src/config/load.ts'
import { reserved } from '../src/config/reserved.ts'
import { makeInstance, withPlaceholders } from '../src/targets/local/instance.ts'
import { writeAtomically } from '../src/targets/local/files.ts'
import { reload } from '../src/targets/local/reload.ts'
import { Supervisor, supervisorPaths } from '../src/targets/local/s6.ts'
import { readSecrets } from '../src/targets/local/secrets.ts'
import { project, type TestInstance } from './instance.ts'
import type { Sabotaged } from './sabotage.ts'
import { testWorld } from './world.ts'

/** Hands that may act on a running instance; see Sabotaged. */
export async function hands(on: TestInstance, component?: ComponentName): Promise<Sabotaged> {
  const { world } = testWorld()
  const { configuration, file } = await loadConfiguration(world, project, on.file)
  const owner = await stat(on.state)
  const instance = makeInstance({
    settings: configuration,
    state: on.state,
    user: { name: configuration.user, uid: owner.uid, gid: owner.gid },
    project,
    directory: configuration.directory ?? dirname(file),
    secrets: withPlaceholders(await readSecrets(on.state, reserved.secrets), reserved.secrets),
  })
  const engines = compose(configuration, instance, file).plan.filter((part) => part.kind === 'engine')
  // s6 answers its own user only.
  const asUser: Sabotaged['run'] = async (command, options) => {
    const ran = await world.run(asOwner(command), options)
    if (ran.code !== 0) throw new Error(`${command.join(' ')} ended with ${ran.code}\n${ran.stdout}${ran.stderr}`)
    return ran
  }
  const asOwner = (command: Parameters<Sabotaged['run']>[0]): Parameters<Sabotaged['run']>[0] =>
    world.uid === owner.uid
      ? command
      : ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--', ...command]
  const supervisor = new Supervisor(supervisorPaths(on.state), {
    ...world,
    run: (command, options) => world.run(asOwner(command), options),
  })
  return {
    instance,
    configuration,
    run: asUser,
    signal: (engine, signal) => supervisor.signal(engine, signal),
    edit: async (path, change) => {
      const whole = join(on.state, path)
      const before = await readFile(whole, 'utf8')
      const after = change(before)
      if (after === before) throw new Error(`the edit of ${path} changes nothing`)
      const { mode, uid, gid } = await stat(whole)
      await writeAtomically(whole, after, mode & 0o777)
      if (world.uid === 0) await world.run(['chown', `${uid}:${gid}`, whole])
    },
    reload: async (name) => {
      const engine = engines.find((known) => known.name === name)
      if (!engine) throw new Error(`there is no engine ${name}`)
      await reload(engine, supervisor, world)
    },
    stop: (engine) => supervisor.down(engine),
    converge: async () => {
      const running = await on.running()
      if (!running) throw new Error(`there is no instance in ${on.state}`)
      const { code, stderr } = await running.converges(on.file, component)
      if (code !== 0) throw new Error(`what the configuration says could not be put back (${code}): ${stderr}`)
    },
    edge: (...args) => on.edge(args),
    smoke: () => on.edge(['load-test', 'smoke']),
  }
}
