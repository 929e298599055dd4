import type { ComponentName } from '../core/guarantee.ts'
import { agreed } from './ask.ts'
import type { Session } from './session.ts'

/**
 * Asks before a deployment deletes what a room keeps. Answers false for a no. Throws OperatorError (exit 2) where nobody
 * can answer.
 */
export async function agreedToLose(
  { composed, supervisor, world }: Session,
  chosen: readonly ComponentName[],
  options: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  if (options['yes'] === true) return true
  for (const { component, loses } of composed.losing) {
    const question = chosen.includes(component) ? await loses(await supervisor.services()) : undefined
    if (question && !(await agreed(world, { ...question, inScripts: '--yes' }))) return false
  }
  return true
}
