import { exit, OperatorError } from '../core/errors.ts'
import type { VerbRun } from '../core/verb.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { openExisting } from './session.ts'

/** A verb of a room, on an instance that is there. */
export const roomVerb =
  (name: string): VerbRun =>
  async (world, positional, options) => {
    const { composed, instance, world: inside } = await openExisting(world, options)
    const verb = composed.verbs.find((each) => each.name === name)
    if (!verb) throw new OperatorError('usage', `there is no verb ${name}`, 'edge --help lists all', exit.usage)
    const release = verb.changes ? await lockInstance(instance.state, name, world.now()) : undefined
    try {
      return await verb.run(inside, positional, options)
    } finally {
      await release?.()
    }
  }
