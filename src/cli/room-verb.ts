import { wholeInstanceVerb } from '../../infrastructure/recovery/whole-instance.ts'
import { loadConfiguration } from '../config/load.ts'
import type { Configuration } from '../config/schema.ts'
import { exit, OperatorError } from '../core/errors.ts'
import { textOption } from '../core/options.ts'
import type { Screen } from '../core/screen.ts'
import type { InstanceVerb, VerbRun } from '../core/verb.ts'
import type { World } from '../core/world.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { k6Path } from '../targets/local/tools.ts'
import { load, project } from './open.ts'
import { ProgressScreen } from './screen/progress.ts'
import { openExisting } from './session.ts'

/** A verb of a room, on an instance that is there. */
export const instanceVerb =
  (name: string, field: keyof Configuration, before: InstanceVerb<never>['before']): VerbRun =>
  async (world, positional, options) => {
    const whole = await wholeInstanceVerb(name, positional, options)
    if (whole) return whole(world, positional, options)
    return shown(world, options, async (screen) => {
      const outside = {
        settings: async () => (await load(world, options)).configuration[field],
        state: async () => (await load(world, options)).state,
        k6: () => k6Path(world),
        screen,
      }
      const seen = before ? await (await before())(world, positional, options, outside) : options
      if (typeof seen === 'number') return seen
      const { composed, instance, world: inside } = await openExisting(world, options)
      const verb = composed.verbs.find((each) => each.name === name)
      if (!verb) throw new OperatorError('usage', `there is no verb ${name}`, 'edge --help lists all', exit.usage)
      const release = verb.changes ? await lockInstance(instance.state, name, world.now()) : undefined
      try {
        return await verb.run(inside, positional, seen, screen)
      } finally {
        await release?.()
      }
    })
  }

/** A verb of a room that needs no instance. */
export const configurationVerb =
  (name: string): VerbRun =>
  async (world, positional, options) => {
    const { configuration } = await loadConfiguration(world, project, textOption(options, 'config'))
    const { readings } = await import('../../infrastructure/compose.ts')
    const verb = readings.find((each) => each.name === name)
    if (!verb) throw new OperatorError('usage', `there is no verb ${name}`, 'edge --help lists all', exit.usage)
    return shown(world, options, (screen) => verb.run(configuration, world, positional, options, screen))
  }

async function shown<Result>(
  { stdout }: World,
  options: Readonly<Record<string, unknown>>,
  work: (screen: Screen) => Promise<Result>,
): Promise<Result> {
  const screen = new ProgressScreen(stdout, { silent: options['json'] === true })
  try {
    return await work(screen)
  } finally {
    screen.close()
  }
}
