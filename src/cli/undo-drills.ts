import type { Plan } from '../core/plan.ts'
import { messageOf } from '../core/errors.ts'
import type { Instance } from '../core/instance.ts'
import type { World } from '../core/world.ts'
import { lockInstance } from '../targets/local/lock.ts'

/**
 * Takes back what a drill has caused whose process was killed, whichever verb comes next: the exporter does so within
 * seconds, where it runs. What does not work out is said, and stops nobody.
 */
export async function undoKilledDrills({
  instance: { state },
  composed: { plan },
  world,
}: {
  readonly instance: Pick<Instance, 'state'>
  readonly composed: { readonly plan: Plan }
  readonly world: World
}): Promise<void> {
  for (const step of plan) {
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
