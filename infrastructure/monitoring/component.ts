import type { Component } from '../../src/core/component.ts'
import { duration } from '../../src/core/units.ts'
import { checks } from './checks.ts'
import { alarmDrills, ownDrills } from './drills.ts'
import type { MonitoringEndpoint } from './endpoint.ts'
import { monitoring } from './guarantees.ts'
import { local, type MonitoringNeeds, type MonitoringProvides } from './local.ts'
import type { MonitoringSettings } from './settings.ts'
import { undrilled } from './undrilled.ts'

export const monitoringComponent: Component<
  typeof monitoring,
  MonitoringSettings,
  MonitoringEndpoint,
  MonitoringNeeds,
  MonitoringProvides
> = {
  name: 'monitoring',
  guarantees: monitoring,
  local,
  checks,
  drills: [...alarmDrills, ...ownDrills],
  undrilled,
  jobs: () => [
    {
      name: 'verify',
      schedule: { cron: '17 * * * *', zone: 'UTC' },
      runs: ['verify', '--json'],
      catchUp: false,
      // One that hangs would hold up those of all hours to come.
      atMost: duration('50 minutes'),
    },
  ],
}
