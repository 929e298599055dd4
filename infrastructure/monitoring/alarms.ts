import type { Alarm, Measured, MeasuredOnAws } from '../../src/core/alarm.ts'
import type { AlarmOnAws } from '../../src/core/cloudwatch-alarm.ts'
import type { Guarantee } from '../../src/core/guarantee.ts'
import { count, percent, type Quantity } from '../../src/core/units.ts'
import { monitoring } from './guarantees.ts'
import type { MonitoringSettings } from './settings.ts'

/** The alarms of all that rooms measure, at the thresholds that the operator configured. */
export function alarmsAt(settings: MonitoringSettings, measured: readonly Measured[]): readonly Alarm[]
/** What AWS alone measures has no rule of this machine. */
export function alarmsAt(settings: MonitoringSettings, measured: readonly MeasuredOnAws[]): readonly AlarmOnAws[]
export function alarmsAt(settings: MonitoringSettings, measured: readonly MeasuredOnAws[]): readonly AlarmOnAws[] {
  return measured.map(({ promise, shareOf, ...how }) => {
    const guarantee = typeof promise === 'string' ? promised(promise) : promise
    const name = guarantee.id.slice(guarantee.component.length + 1)
    const at = (value: Quantity, setting = ''): Quantity => {
      if (shareOf === 'allIops') return count(operationsAtMost(settings), 'a second')
      const bound = configured(settings.alarms, `${name}${setting}`, value)
      // What is provisioned is a number of the disk: the share of it becomes one, too.
      return shareOf === 'iops' && bound.kind === 'percent'
        ? count((bound.percent / 100) * settings.disk.iops, 'a second')
        : bound
    }
    return { id: guarantee.id, name, says: guarantee.says, fires: firesAt(guarantee, at), ...how }
  })
}

/** What both directions together may do, of what the disk is provisioned for: each may stay below its own boundary. */
export const operationsAtMost = ({ disk, alarms }: Pick<MonitoringSettings, 'disk' | 'alarms'>): number =>
  (Math.max(alarms.readIopsPercent, alarms.writeIopsPercent) / 100) * disk.iops

/** The promise that an alarm keeps. Throws where there is none: a room's list and the promises do not match. */
function promised(name: string): Guarantee {
  const found = new Map<string, Guarantee>(Object.entries(monitoring)).get(name)
  if (found) return found
  throw new Error(`there is no promise monitoring.${name}`)
}

function firesAt(guarantee: Guarantee, at: (value: Quantity, setting?: string) => Quantity): Alarm['fires'] {
  if ('above' in guarantee) return { above: at(guarantee.above) }
  // A promise of the room's own says how far it goes; beyond that it is broken.
  if ('atMost' in guarantee) return { above: at(guarantee.atMost) }
  if ('below' in guarantee) return { below: at(guarantee.below) }
  if ('between' in guarantee) {
    const [lowest, highest] = guarantee.between
    return { outside: [at(lowest, 'AtLeast'), at(highest, 'AtMost')] }
  }
  throw new Error(`${guarantee.id} has no bound at which an alarm could begin`)
}

/** What the setting of a promise says, in the promise's own unit: a share of a whole has `Percent` behind its name. */
function configured(alarms: MonitoringSettings['alarms'], name: string, promise: Quantity): Quantity {
  const settings = new Map<string, Quantity | number>(Object.entries(alarms))
  const value = settings.get(name) ?? settings.get(`${name}Percent`) ?? promise
  if (typeof value !== 'number') return value
  return promise.kind === 'count' ? count(value, promise.of) : percent(value)
}
