import type { Composed } from '../../infrastructure/compose.ts'
import { messageOf } from '../core/errors.ts'
import { lockInstance } from '../targets/local/lock.ts'
import type { Opened } from './open.ts'

/**
 * Takes back what a drill has caused whose process was killed, whichever verb comes next: the exporter does so within
 * seconds, where it runs. What does not work out is said, and stops nobody.
 */
export async function undoKilledDrills({
  instance: { state },
  composed,
  world,
}: Opened & { readonly composed: Composed }): Promise<void> {
  for (const step of composed.plan) {
    if (step.kind !== 'step' || step.takesBack !== true) continue
    try {
      if ((await step.observe(world)) === 'done') continue
      const release = await lockInstance(state, `heal ${step.name}`, world.now())
      try {
        const left = await step.observe(world)
        if (left !== 'done') await step.ensure(world, left)
      } finally {
        await release()
      }
    } catch (error) {
      world.stderr.write(`${step.name}: what a killed drill has caused is not undone yet: ${messageOf(error)}\n`)
    }
  }
}
