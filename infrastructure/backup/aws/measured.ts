import type { AlarmOnAws } from '../../../src/core/cloudwatch-alarm.ts'
import type { MeasuredOnAws } from '../../../src/core/alarm.ts'
import { backupAlarms, failedJobs } from '../alarms.ts'

/** What is measured of backups: AWS Backup counts its jobs, and a function of ours puts all else. */
export const measuredOfJobs: readonly MeasuredOnAws[] = [
  failedJobs,
  ...backupAlarms.filter(({ promise }) => promise !== failedJobs.promise),
]

/** Of the figures that the function puts. */
export const namespace = 'edge/Backup'
/** By which an instance's own figures are told from another's. */
export const dimensionsOf = (name: string) => ({ Instance: name })

/** Where AWS Backup counts the jobs of a vault, by its name. */
export const ofVault = { namespace: 'AWS/Backup', dimension: 'BackupVaultName' } as const
/** Whether an alarm is about that. */
export const isOfVault = ({ metric }: Pick<AlarmOnAws, 'metric'>): boolean => metric.name === failedJobs.metric.name
