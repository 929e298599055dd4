import type { DrillRecord } from '../../src/core/record.ts'
import { inSeconds } from '../../src/core/units.ts'

type Facts = DrillRecord['facts']

export const showsTakeover = ({ from, to, acknowledged, lost, gapMs }: Facts): string =>
  `${String(from)} → ${String(to)}, ${Number(lost)} of ${Number(acknowledged)} acknowledged writes lost, ${inSeconds(Number(gapMs))} without one`

export const lostInTakeover = ({ acknowledged, lost }: Facts): string | undefined =>
  Number(lost) === 0 ? undefined : `${Number(lost)} of ${Number(acknowledged)} acknowledged writes were lost`

/** Of one that was killed: who came back as the primary was relieved by nobody. */
export function noneTookOver({ from, to, resumed }: Facts): string | undefined {
  if (resumed === false) return 'writes were acknowledged no more'
  if (to === 'unknown') return 'no member had all writes again within a minute'
  return from === to ? `${String(from)} came back as the primary, and nobody took over` : undefined
}
