import type { Causes } from '../../src/core/alarm.ts'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'

/** Sends a signal to a process of the API and to all that it has started; nothing where it does not run. */
type Signalled = (name: string, signal: 'SIGSTOP' | 'SIGCONT', world: World) => Promise<void>

/** What makes the app's alarms ring, for a drill. `processes`: those of the API that edge runs. */
export const appCauses = (processes: readonly string[], signal: Signalled): Causes => ({
  apiHangs: () => ({
    begin: async (world) => {
      const last = processes.at(-1)
      if (last === undefined)
        throw new OperatorError('drill api-hangs', 'edge runs no API here: nothing can hang', 'site.api.command')
      await signal(last, 'SIGSTOP', world)
    },
    end: async (world) => {
      for (const name of processes) await signal(name, 'SIGCONT', world)
    },
  }),
})
