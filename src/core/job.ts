import { createHash } from 'node:crypto'
import type { Duration } from './units.ts'

/** When something is done: a cron expression in a zone of its own. */
export type Schedule = { readonly cron: string; readonly zone: string }

/** What the agent does by the clock; the same job never runs twice at once. */
export type Job = {
  readonly name: string
  readonly schedule: Schedule
  /** A verb of edge with its words. */
  readonly runs: readonly [verb: string, ...words: string[]]
  /** Done late, once, where the machine slept or was off at its hour. */
  readonly catchUp: boolean
  /** What takes longer hangs, and is ended; without it after a day. */
  readonly atMost?: Duration
  /** Done again where it failed, each time after a longer while, until it ends well; only of what is caught up, too. */
  readonly again?: boolean
  /** Guarantees that it measures: as long as one of them is only declared, it is due before its hour. */
  readonly measures?: readonly string[]
}

/** An hour of this instance's own: authorities ask for it, as they feel what everybody does at midnight. */
export function onceADay(instance: string): Schedule {
  const minute = createHash('sha256').update(instance).digest().readUInt32BE() % (24 * 60)
  return { cron: `${minute % 60} ${Math.floor(minute / 60)} * * *`, zone: 'UTC' }
}
