import type { Component } from '../../src/core/component.ts'
import { onceADay } from '../../src/core/job.ts'
import { cdnAlarms } from './alarms.ts'
import { checks } from './checks.ts'
import { cdn } from './guarantees.ts'
import type { OnThisMachine } from './endpoint.ts'
import { type CdnProvides, local } from './local.ts'
import type { CdnNeeds } from './needs.ts'
import type { CdnSettings } from './settings.ts'

export const cdnComponent: Component<typeof cdn, CdnSettings, OnThisMachine, CdnNeeds, CdnProvides> = {
  name: 'cdn',
  guarantees: cdn,
  local,
  checks,
  alarms: cdnAlarms,
  // Of a machine that is off at its hour each day, a certificate must not end.
  jobs: ({ name }) => [{ name: 'renew', schedule: onceADay(name), runs: ['renew'], catchUp: true }],
}
