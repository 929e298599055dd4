import type { Measured } from '../../src/core/alarm.ts'
import type { Component } from '../../src/core/component.ts'
import { duration } from '../../src/core/units.ts'
import { checks } from './checks.ts'
import { burst } from './drill.ts'
import type { ToyEndpoint } from './endpoint.ts'
import { toy } from './guarantees.ts'
import { local } from './local.ts'
import type { ToySettings } from './settings.ts'

type Nothing = Readonly<Record<never, never>>

const slow: Measured = {
  promise: toy.slow,
  metric: { name: 'Latency', statistic: 'p95', unit: 'milliseconds' },
  local: { expression: () => 'toy_seconds', unit: 'seconds' },
  period: duration('1 minute'),
  periods: 5,
  silence: 'fine',
  means: 'The toy answers slowly.',
  look: 'edge logs toy',
  runbook: 'site-down.md',
}

export const toyComponent: Component<typeof toy, ToySettings, ToyEndpoint, Nothing, Nothing> = {
  name: 'toy',
  guarantees: toy,
  local,
  checks,
  alarms: [slow],
  drills: [burst],
  jobs: () => [{ name: 'toy', schedule: { cron: '7 * * * *', zone: 'UTC' }, runs: ['toy'], catchUp: false }],
}
