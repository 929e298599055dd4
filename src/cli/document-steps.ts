import { rooms } from '../../infrastructure/rooms.ts'
import type { ComponentName } from '../core/guarantee.ts'

/** What stands for the production document's steps of some components on one machine, as lines of a table. */
export function documentStepLines(components: readonly ComponentName[]): readonly string[] {
  return rooms
    .filter(({ name }) => components.includes(name))
    .flatMap(({ name, words: { documentSteps = [] } }) =>
      documentSteps.map(({ step, here }) => `  ${name.padEnd(12)}${step.padEnd(26)}${here}`),
    )
}
