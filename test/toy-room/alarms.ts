import type { Measured } from '../../src/core/alarm.ts'
import { duration } from '../../src/core/units.ts'
import { toy } from './guarantees.ts'

export const toyAlarms: readonly Measured[] = [
  {
    promise: toy.slow,
    metric: { name: 'Latency', statistic: 'Maximum', unit: 'milliseconds' },
    local: { expression: () => 'toy_seconds', unit: 'seconds' },
    period: duration('1 minute'),
    periods: 5,
    silence: 'fine',
    means: 'The toy answers slowly.',
    look: 'edge logs toy',
    runbook: 'site-down.md',
  },
]
