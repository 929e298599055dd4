import type { Promised } from './guarantee.ts'
import type { Duration, Quantity } from './units.ts'

/** What a room measures, and when somebody is called about it: all but the bound, which a promise of monitoring has. */
export type Measured = {
  /** The name of that promise: `cdnErrors`. */
  readonly promise: string
  /** CloudWatch's own measurement of it. */
  readonly metric: { readonly name: string; readonly statistic: string }
  /** How long each measurement takes. */
  readonly period: Duration
  /** So many measurements in a row have to be beyond the boundary. */
  readonly periods: number
  /** What it means when nothing was measured: nobody asked, or nobody can answer. */
  readonly silence: 'fine' | 'fires'
}

/** When somebody is called: one value, which every target renders in its own words. */
export type Alarm = Omit<Measured, 'promise'> & {
  /** The guarantee that this alarm keeps: `monitoring.cdnErrors`. */
  readonly id: string
  readonly says: Promised['says']
  /** Where it begins; the boundary itself is still good. */
  readonly fires: { readonly above: Quantity } | { readonly below: Quantity }
}
