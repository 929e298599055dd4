import type { DrillRecord } from '../../src/core/record.ts'
import { inSeconds } from '../../src/core/units.ts'

type Facts = DrillRecord['facts']

/** What a drill of the readers measured, in words. */
export const showsStaleness = ({ stopped, oldestMs, answered, 'then read on': then }: Facts): string =>
  `${String(stopped)} replayed nothing: what readers saw was ${inSeconds(Number(oldestMs))} old at most (${Number(answered)} reads), then on ${String(then)}`

/** `bound` in ms. */
export const tooOld = ({ oldestMs }: Facts, bound: number): string | undefined =>
  Number(oldestMs) <= bound ? undefined : `a reader saw what was ${inSeconds(Number(oldestMs))} old`
