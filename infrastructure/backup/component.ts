import type { Component } from '../../src/core/component.ts'
import { type BackupEndpoint, checks } from './checks.ts'
import { backup } from './guarantees.ts'
import type { BackupSettings } from './settings.ts'

type Nothing = Readonly<Record<never, never>>

/** The backup room: its promises stand, its engines come later, so its plan is empty. */
export const backupComponent: Component<typeof backup, BackupSettings, BackupEndpoint, Nothing, Nothing> = {
  name: 'backup',
  guarantees: backup,
  local: () => ({ plan: [], provides: {}, endpoint: {} }),
  checks,
}
