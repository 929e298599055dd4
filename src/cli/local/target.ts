import type { Target } from '../../core/target.ts'
import type { World } from '../../core/world.ts'

/** An instance on this machine. Each of these loads what it needs when it is called. */
export function localTarget(world: World, options: Readonly<Record<string, unknown>>): Target {
  return {
    plan: async (wanted) => {
      const { choiceOf, planOf } = await import('./plan.ts')
      return planOf(world, choiceOf(wanted), options)
    },
    apply: async (wanted) => (await import('./deploy.ts')).deploy(world, wanted, options),
    verify: async (choose) => (await import('./verify.ts')).verify(world, choose, options),
    status: async () => (await import('./status.ts')).status(world, options),
    doomed: async () => (await import('./destroy.ts')).doomed(world, options),
  }
}
