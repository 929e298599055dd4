import { type Alarm, alarmOf } from '../../src/core/alarm.ts'
import { duration } from '../../src/core/units.ts'

type Bound = Parameters<typeof alarmOf>[0]

/** The promises of the monitoring room that this room's measurements keep. */
export type CdnAlarmBounds = { readonly cdnErrors: Bound; readonly hitRatio: Bound; readonly originLatency: Bound }

/** When somebody is called about the CDN. Without visitors there is nothing to measure, and nothing to be called for. */
export function cdnAlarms(bounds: CdnAlarmBounds): Readonly<Record<keyof CdnAlarmBounds, Alarm>> {
  const minutes = { period: duration('1 minute'), periods: 5, silence: 'fine' } as const
  return {
    cdnErrors: alarmOf(bounds.cdnErrors, minutes),
    // A release makes pages cold for a moment: that is no reason to wake anybody.
    hitRatio: alarmOf(bounds.hitRatio, { ...minutes, period: duration('5 minutes'), periods: 3 }),
    originLatency: alarmOf(bounds.originLatency, minutes),
  }
}
