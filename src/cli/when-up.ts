import type { ComponentName } from '../core/guarantee.ts'
import { machineError, OperatorError } from '../core/errors.ts'
import type { ProgressScreen } from './screen/progress.ts'
import type { Session } from './session.ts'

/**
 * What rooms do once all is up. One that fails stops nothing, as all else is up: it is told why, what the room promises is
 * judged as broken, and false is answered.
 */
export async function doWhenUp(
  { composed: { whenUp }, world }: Session,
  chosen: readonly ComponentName[],
  screen: ProgressScreen,
): Promise<boolean> {
  let isDone = true
  for (const { component, run } of whenUp) {
    if (!chosen.includes(component)) continue
    try {
      await run(world, screen)
    } catch (error) {
      const known = error instanceof OperatorError ? error : machineError(error)
      if (!known || world.signal.aborted) throw error
      const hints = known.hints.map((hint) => `  hint: ${hint}\n`).join('')
      world.stderr.write(`${known.where}: ${known.message}\n${hints}`)
      isDone = false
    }
  }
  return isDone
}
