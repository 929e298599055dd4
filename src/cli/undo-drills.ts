import { causesOf } from '../agent/exporter-engine.ts'
import { messageOf } from '../core/errors.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { abandonedIn } from '../../infrastructure/monitoring/marker.ts'
import type { Composed } from '../../infrastructure/compose.ts'
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
  if ((await abandonedIn(causesOf(state))).length === 0) return
  const step = composed.plan.find((part) => part.kind === 'step' && part.name === 'drills')
  if (step?.kind !== 'step') return
  try {
    const release = await lockInstance(state, 'heal drills', world.now())
    try {
      const left = await step.observe(world)
      if (left !== 'done') await step.ensure(world, left)
    } finally {
      await release()
    }
  } catch (error) {
    world.stderr.write(`drills: what a killed drill has caused is not undone yet: ${messageOf(error)}\n`)
  }
}
