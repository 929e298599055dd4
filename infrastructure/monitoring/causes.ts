import type { Causes } from '../../src/core/alarm.ts'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { restarts } from './render-rules.ts'

/** The programs of the instance, which a drill ends and puts back. */
export type Programs = {
  readonly stop: (name: string, world: World) => Promise<void>
  readonly start: (name: string, world: World) => Promise<void>
  /** Of the program alone, and of nothing that it has started; nothing where it does not run. */
  readonly signal: (name: string, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL', world: World) => Promise<void>
  readonly pid: (name: string, world: World) => Promise<number | undefined>
}

/** Nobody but Prometheus asks it, and no other alarm rings within the minutes that it is away. */
const exporter = 'node-exporter'

/** Longer than the supervisor waits before it starts again what ends again and again. */
const startsWithinMs = 30_000

/** What makes the alarms about what measures ring, for a drill. `agent`: the name of edge's own program. */
export const ownCauses = (agent: string, programs: Programs): Causes => ({
  silence: () => ({
    begin: (world) => programs.stop(exporter, world),
    end: (world) => programs.start(exporter, world),
  }),
  agent: () => ({
    // Held, and not ended: a backup that it has begun goes on, and it hears of its end when it goes on itself.
    begin: async (world) => {
      if ((await programs.pid(agent, world)) === undefined)
        throw new OperatorError('drill agent', 'the agent does not run', `edge logs ${agent}`)
      await programs.signal(agent, 'SIGSTOP', world)
    },
    end: (world) => programs.signal(agent, 'SIGCONT', world),
  }),
  restarts: () => ({
    begin: async (world) => {
      let killed: number | undefined
      for (let deaths = 0; deaths < restarts.atLeast; deaths += 1) {
        killed = await startedAfter(killed, programs, world)
        await programs.signal(exporter, 'SIGKILL', world)
      }
      await startedAfter(killed, programs, world)
    },
    // Its supervisor has started it again; the alarm ends when the deaths are long enough ago.
    end: () => Promise.resolve(),
  }),
})

/** The exporter's process, once it is another one than that which was killed. */
async function startedAfter(killed: number | undefined, { pid }: Programs, world: World): Promise<number> {
  const deadline = performance.now() + startsWithinMs
  for (;;) {
    const found = await pid(exporter, world)
    if (found !== undefined && found !== killed) return found
    if (performance.now() > deadline)
      throw new OperatorError('drill restarts', `${exporter} does not start again`, `edge logs ${exporter}`)
    await world.sleep(100)
  }
}
