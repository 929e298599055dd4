import { exit, OperatorError } from '../core/errors.ts'
import { observedAfter } from '../targets/local/converge.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { words } from '../core/options.ts'
import { openExisting } from './session.ts'
import type { VerbRun } from '../core/verb.ts'

/** Brings one step back to what it should be, and nothing else: what the agent does when it sees that it is not. */
export const heal: VerbRun = async (world, positional, options) => {
  const session = await openExisting(world, options)
  const [name] = words(positional)
  const step = session.composed.plan.find((part) => part.kind === 'step' && part.name === name)
  if (step?.kind !== 'step') throw new OperatorError('heal', `there is no step "${name}"`, 'edge plan', exit.usage)
  const release = await lockInstance(session.instance.state, `heal ${name}`, world.now())
  try {
    const before = await step.observe(session.world)
    if (before === 'done') return exit.ok
    world.stdout.write(`${step.title}: ${before.missing}\n`)
    await step.ensure(session.world, before)
    const after = await observedAfter(step, session.world)
    world.stdout.write(`${step.title}: ${after === 'done' ? 'healed' : after.missing}\n`)
    return after === 'done' ? exit.ok : exit.failed
  } finally {
    await release()
  }
}
