import type { Component } from '../../src/core/component.ts'
import { backupAlarms } from './alarms.ts'
import type { BackupNeeds, Backups } from './backups.ts'
import { checks } from './checks.ts'
import { owedBackup } from './owed-backup.ts'
import { backup } from './guarantees.ts'
import { type After, local } from './local.ts'
import { backupJobs } from './schedule.ts'
import type { BackupSettings } from './settings.ts'

export const backupComponent: Component<
  typeof backup,
  BackupSettings,
  Backups,
  BackupNeeds & { readonly after: After },
  Readonly<Record<never, never>>
> = {
  name: 'backup',
  guarantees: backup,
  local,
  checks,
  alarms: backupAlarms,
  measures: ({ enabled }) => enabled,
  whenUp: owedBackup,
  jobs: (_, settings) => backupJobs(settings),
}
