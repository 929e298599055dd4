import { rooms } from '../../infrastructure/rooms.ts'
import type { ComponentName } from '../core/guarantee.ts'
import { documentStepLines } from '../core/room.ts'

/** What stands for the production document's steps of some components on a target, as lines of a table. */
export function documentStepsOf(components: readonly ComponentName[], target?: 'onAws'): readonly string[] {
  return rooms
    .filter(({ name }) => components.includes(name))
    .flatMap(({ name, words: { documentSteps = [] } }) => documentStepLines(name, documentSteps, target))
}
