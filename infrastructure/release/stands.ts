import { OperatorError } from '../../src/core/errors.ts'
import type { Engine } from '../../src/core/plan.ts'
import type { Converger } from '../../src/targets/local/converge.ts'
import { unreadyBecause } from '../../src/targets/local/ready.ts'

type Running = Pick<Converger, 'supervisor' | 'world'>

/** A program that answered, when that was, and how often it had ended by then. */
export type Stood = { readonly engine: Engine; readonly restarts: number; readonly begun: number }

/** Long enough for a first connection that fails, a timer, a promise that nobody catches. */
const standsForMs = 5000
/** So long one that answers no more may take to end, after which it is said to hang. */
const endsWithinMs = 5000
const pauseMs = 100

/** What a program is like that has just answered. */
export async function asOfNow(engine: Engine, { supervisor }: Running): Promise<Stood> {
  const { restarts } = await supervisor.status(engine.name)
  return { engine, restarts, begun: performance.now() }
}

/** Throws OperatorError where a program that answered ends a moment later: visitors would be led to it for that moment. */
export async function stands({ engine: { name, ready }, restarts, begun }: Stood, running: Running): Promise<void> {
  const { world } = running
  do {
    const seen = await unreadyBecause(ready, world)
    // One that is ending answers no more before it has ended, and may be up again before anybody looks.
    const ended = await endOf(name, restarts, seen === undefined ? 0 : endsWithinMs, running)
    const within = `within ${Math.ceil(Math.max(standsForMs, performance.now() - begun) / 1000)} s`
    if (ended !== undefined) throw new OperatorError(name, `answered, and ended ${ended} ${within}`, [])
    if (seen !== undefined) throw new OperatorError(name, `answered, but no longer does: ${seen}`, [])
    await world.sleep(pauseMs)
  } while (performance.now() - begun < standsForMs)
}

/** How it ended since it had been restarted so often; undefined where it has not, after that time either. */
async function endOf(
  name: string,
  restarts: number,
  withinMs: number,
  { supervisor, world }: Running,
): Promise<string | undefined> {
  for (const until = performance.now() + withinMs; ; await world.sleep(pauseMs)) {
    const now = await supervisor.status(name)
    if (now.restarts !== restarts || !now.up)
      return now.ended ?? (await supervisor.lastEnd(name)) ?? 'in a way that is not known'
    if (performance.now() >= until) return undefined
  }
}
