import type { Component } from '../../src/core/component.ts'
import { checks } from './checks.ts'
import type { AppEndpoint } from './endpoint.ts'
import { app } from './guarantees.ts'
import { type AppProvides, local } from './local.ts'
import type { AppNeeds } from './needs.ts'
import type { SiteSettings } from './settings.ts'

export const appComponent: Component<typeof app, SiteSettings, AppEndpoint, AppNeeds, AppProvides> = {
  name: 'app',
  guarantees: app,
  local,
  checks,
}
