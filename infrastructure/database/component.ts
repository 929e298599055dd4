import type { Component } from '../../src/core/component.ts'
import { databaseAlarms } from './alarms.ts'
import { checks } from './checks.ts'
import { poolDrills } from './drill.ts'
import { database } from './guarantees.ts'
import { leaving } from './leaving.ts'
import { type DatabaseEndpoint, type DatabaseNeeds, type DatabaseProvides, local } from './local.ts'
import type { DatabaseSettings } from './settings.ts'

export const databaseComponent: Component<
  typeof database,
  DatabaseSettings,
  DatabaseEndpoint,
  DatabaseNeeds,
  DatabaseProvides
> = {
  name: 'database',
  guarantees: database,
  local,
  checks,
  alarms: databaseAlarms,
  loses: leaving,
  drills: Object.values(poolDrills()),
}
