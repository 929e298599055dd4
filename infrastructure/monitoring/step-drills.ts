import type { Step } from '../../src/core/plan.ts'
import { undo } from './drills.ts'
import type { Running } from './endpoint.ts'
import { abandonedIn } from './marker.ts'

/** Nothing is left of a drill whose process was killed. */
export const drillsStep = (running: Running, after: readonly string[]): Step => ({
  kind: 'step',
  name: 'drills',
  component: 'monitoring',
  title: 'drills',
  after,
  takesBack: true,
  observe: async () => {
    const left = await abandonedIn(running.drills)
    return left.length === 0 ? 'done' : { missing: `a drill was killed: what it caused for ${left.join(', ')} goes on` }
  },
  ensure: async (world) => {
    for (const alarm of await abandonedIn(running.drills)) await undo(running, alarm, world)
  },
  detail: async () => 'nothing left of any',
})
