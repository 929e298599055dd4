import type { Alarm, Measured } from '../../src/core/alarm.ts'
import { count, percent, type Quantity } from '../../src/core/units.ts'
import { monitoring } from './guarantees.ts'
import type { MonitoringSettings } from './settings.ts'

type Promises = typeof monitoring
/** The promises that an alarm keeps by one bound. */
type Bounded = {
  [Name in keyof Promises]: Promises[Name] extends { readonly above: Quantity } | { readonly below: Quantity }
    ? Name
    : never
}[keyof Promises]

/** The alarms of all that rooms measure, at the thresholds that the operator configured. */
export const alarmsAt = (
  { alarms }: MonitoringSettings,
  measured: readonly (Measured & { readonly promise: Bounded })[],
): readonly Alarm[] =>
  measured.map(({ promise, ...how }) => {
    const { id, says, ...bound } = monitoring[promise]
    const at = (promised: Quantity): Quantity => configured(alarms, promise, promised)
    return { id, says, fires: 'above' in bound ? { above: at(bound.above) } : { below: at(bound.below) }, ...how }
  })

/** What the setting of a promise says, in the promise's own unit: a share of a whole has `Percent` behind its name. */
function configured(alarms: MonitoringSettings['alarms'], promise: Bounded, promised: Quantity): Quantity {
  const settings = new Map<string, Quantity | number>(Object.entries(alarms))
  const value = settings.get(promise) ?? settings.get(`${promise}Percent`) ?? promised
  if (typeof value !== 'number') return value
  return promised.kind === 'count' ? count(value, promised.of) : percent(value)
}
