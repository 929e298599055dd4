import { roomNames, rooms } from '../../infrastructure/rooms.ts'
import { exit, OperatorError } from '../core/errors.ts'
import type { ComponentName } from '../core/guarantee.ts'
import { nearest } from '../core/nearest.ts'
import { words } from './words.ts'

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

/** The message for a name that is none of the known ones: the nearest, and all of them. */
export function unknown(kind: string, word: string, known: readonly string[]): OperatorError {
  const near = nearest(word, known)
  const guess = near === undefined ? [] : [`did you mean "${near}"?`]
  return new OperatorError(kind, `"${word}" is unknown`, [...guess, `known: ${known.join(', ')}`], exit.usage)
}
