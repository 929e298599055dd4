import type { Component } from '../../src/core/component.ts'
import { checks, type MonitoringEndpoint } from './checks.ts'
import { monitoring } from './guarantees.ts'
import type { MonitoringSettings } from './settings.ts'

type Nothing = Readonly<Record<never, never>>

/** The monitoring room: its promises stand, its engines come later, so its plan is empty. */
export const monitoringComponent: Component<
  typeof monitoring,
  MonitoringSettings,
  MonitoringEndpoint,
  Nothing,
  Nothing
> = {
  name: 'monitoring',
  guarantees: monitoring,
  local: () => ({ plan: [], provides: {}, endpoint: {} }),
  checks,
  jobs: () => [
    {
      name: 'verify',
      schedule: { cron: '17 * * * *', zone: 'UTC' },
      runs: ['verify', '--json'],
      catchUp: false,
    },
  ],
}
