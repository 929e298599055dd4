import type { Measured } from '../../src/core/alarm.ts'
import { duration } from '../../src/core/units.ts'

/** Without visitors there is nothing to measure, and nothing to be called for. */
const minutes = { period: duration('1 minute'), periods: 5, silence: 'fine' } as const

/** When somebody is called about the CDN. */
export const cdnAlarms = [
  { promise: 'cdnErrors', metric: { name: '5xxErrorRate', statistic: 'Average' }, ...minutes },
  {
    promise: 'hitRatio',
    metric: { name: 'CacheHitRate', statistic: 'Average' },
    ...minutes,
    // A release makes pages cold for a moment: that is no reason to wake anybody.
    period: duration('5 minutes'),
    periods: 3,
  },
  { promise: 'originLatency', metric: { name: 'OriginLatency', statistic: 'p95' }, ...minutes },
] as const satisfies readonly Measured[]
