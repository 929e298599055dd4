import type { Promised } from './guarantee.ts'
import type { Duration, Quantity } from './units.ts'

/** When somebody is called: one value, which every target renders in its own words. */
export type Alarm = {
  /** The guarantee that this alarm keeps: `monitoring.cdnErrors`. */
  readonly id: string
  readonly says: string
  /** Where it begins; the boundary itself is still good. */
  readonly fires: { readonly above: Quantity } | { readonly below: Quantity }
  /** How long each measurement takes. */
  readonly period: Duration
  /** So many measurements in a row have to be beyond the boundary. */
  readonly periods: number
  /** What it means when nothing was measured: nobody asked, or nobody can answer. */
  readonly silence: 'fine' | 'fires'
}

/** An alarm at the bound of a promise: its number stands there and nowhere else. */
export function alarmOf(
  promise: Promised & { readonly id: string } & ({ readonly above: Quantity } | { readonly below: Quantity }),
  how: Pick<Alarm, 'period' | 'periods' | 'silence'>,
): Alarm {
  const fires = 'above' in promise ? { above: promise.above } : { below: promise.below }
  return { id: promise.id, says: promise.says, fires, ...how }
}
