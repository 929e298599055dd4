import type { Job, Schedule } from '../../src/core/job.ts'
import type { Tier } from './catalog.ts'
import { backup } from './guarantees.ts'
import type { BackupSettings } from './settings.ts'

const zone = 'UTC'
const at = (cron: string): Schedule => ({ cron, zone })

/** When the agent makes each backup, and verifies the newest one. No two begin within an hour of each other. */
export const schedules: Readonly<Record<Tier | 'files' | 'verification', Schedule>> = {
  files: at('30 * * * *'),
  daily: at('0 3 * * *'),
  weekly: at('0 2 * * 0'),
  monthly: at('0 1 1 * *'),
  verification: at('0 6 * * 6'),
}

/** Of what is judged again when one of them has ended. */
const judged = {
  backup: [backup.daily.id, backup.weekly.id, backup.monthly.id, backup.freshness.id],
  verification: [backup.verification.id, backup.restoreTest.id, backup.recoveryPoint.id, backup.recoveryTime.id],
}

/** What the agent does for this room; nothing where backups are switched off. */
export function backupJobs({ enabled }: BackupSettings): readonly Job[] {
  if (!enabled) return []
  const tiers = (['daily', 'weekly', 'monthly'] as const).map((tier) => ({
    name: `backup ${tier}`,
    schedule: schedules[tier],
    runs: ['backup', 'now', tier] as const,
    catchUp: true,
    again: true,
    measures: judged.backup,
  }))
  return [
    { name: 'backup files', schedule: schedules.files, runs: ['backup', 'now', 'files'], catchUp: false },
    ...tiers,
    {
      name: 'backup verify',
      schedule: schedules.verification,
      runs: ['backup', 'verify'],
      catchUp: true,
      measures: judged.verification,
    },
  ]
}
