import type { Component } from '../../src/core/component.ts'
import { checks } from './checks.ts'
import { database } from './guarantees.ts'
import { type DatabaseEndpoint, type DatabaseProvides, local } from './local.ts'
import type { Tls } from './render-patroni.ts'
import type { DatabaseSettings } from './settings.ts'

export const databaseComponent: Component<
  typeof database,
  DatabaseSettings,
  DatabaseEndpoint,
  { readonly tls: Tls },
  DatabaseProvides
> = { name: 'database', guarantees: database, local, checks }
