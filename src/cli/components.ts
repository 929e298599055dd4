import { roomNames, rooms } from '../../infrastructure/rooms.ts'
import type { ComponentName } from '../core/guarantee.ts'
import { unknown } from '../core/nearest.ts'
import { words } from '../core/options.ts'

/** What can be deployed, in order: each component, those too that have nothing to deploy yet. */
export const deployable: readonly ComponentName[] = roomNames

/** How an operator may write a component's name. */
const spelled: ReadonlyMap<string, ComponentName> = new Map(
  rooms.flatMap(({ name, words: { spellings = [] } }) =>
    [name, ...spellings].map((spelling): readonly [string, ComponentName] => [spelling, name]),
  ),
)

/** The components that a command line names. Throws OperatorError (exit 2) for an unknown one. */
export function componentsNamed(given: unknown): readonly ComponentName[] {
  return words(given).map((word) => {
    const name = spelled.get(word)
    if (name) return name
    throw unknown('component', word, [...spelled.keys()])
  })
}
