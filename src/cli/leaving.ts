import { leaversOf } from '../../infrastructure/database/step-leavers.ts'
import { membersWith } from '../../infrastructure/database/members.ts'
import type { ComponentName } from '../core/guarantee.ts'
import { agreed } from './ask.ts'
import type { Session } from './session.ts'

/**
 * Asks before a member leaves, whose copy of the data is deleted then; the others keep theirs. Answers false for a no.
 * Throws OperatorError (exit 2) where nobody can answer.
 */
export async function agreedToLeave(
  { configuration, instance, supervisor, world }: Session,
  chosen: readonly ComponentName[],
  options: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  if (options['yes'] === true || !chosen.includes('database')) return true
  const members = membersWith(configuration.database.replicas)
  const leavers = await leaversOf(instance.state, members, await supervisor.services())
  if (leavers.length === 0) return true
  const who = leavers.join(' and ')
  const message = `database.replicas leaves no place for ${who}: end it and delete its copy of the data? ${members.join(', ')} keep theirs.`
  return agreed(world, { where: 'database.replicas', message, inScripts: '--yes' })
}
