import type { Loses } from '../../src/core/component.ts'
import { membersWith } from './members.ts'
import type { DatabaseSettings } from './settings.ts'
import { leaversOf } from './step-leavers.ts'

/** A member that leaves takes its copy of the data with it; the others keep theirs. */
export const leaving: Loses<DatabaseSettings> = async ({ state }, { replicas }, services) => {
  const members = membersWith(replicas)
  const leavers = await leaversOf(state, members, services)
  if (leavers.length === 0) return undefined
  const who = leavers.join(' and ')
  return {
    where: 'database.replicas',
    message: `database.replicas leaves no place for ${who}: end it and delete its copy of the data? ${members.join(', ')} keep theirs.`,
  }
}
