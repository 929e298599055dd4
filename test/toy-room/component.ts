import type { Component } from '../../src/core/component.ts'
import { toyAlarms } from './alarms.ts'
import { checks } from './checks.ts'
import { burst } from './drill.ts'
import type { ToyEndpoint } from './endpoint.ts'
import { toy } from './guarantees.ts'
import { local } from './local.ts'
import type { ToySettings } from './settings.ts'

type Nothing = Readonly<Record<never, never>>

export const toyComponent: Component<typeof toy, ToySettings, ToyEndpoint, Nothing, Nothing> = {
  name: 'toy',
  guarantees: toy,
  local,
  checks,
  alarms: toyAlarms,
  drills: [burst],
  jobs: () => [{ name: 'toy', schedule: { cron: '7 * * * *', zone: 'UTC' }, runs: ['toy'], catchUp: false }],
}
