import type { FigureUnit, Measured, MeasuredOnAws } from '../../src/core/alarm.ts'
import { type Duration, duration, seconds } from '../../src/core/units.ts'
import { tiers } from './catalog.ts'
import { backup } from './guarantees.ts'

const runbook = 'backup-failed.md'
const seeList = 'edge backup list; edge backup schedule'
const seeJobs = 'edge verify backup --target aws; aws backup list-backup-jobs'

/**
 * What can fail by itself, and rings until it ends well again: a backup of each tier, what changes within a day, and the copies
 * of both in the second repository.
 */
export const kinds = [...tiers, 'files', 'copy', 'filesCopy'] as const
/** Beside these: the verification; and the log, whose file the agent writes. */
const allKinds = [...kinds, 'verification', 'log']

/**
 * A figure of the files that this room writes: one that is gone from there ends nothing that rings, and rings. One that was not
 * there within a day is none to miss: before the first backup there is no size, and no duration.
 */
const told = <Unit extends FigureUnit>(figure: string, unit: Unit, unwell = `absent(${figure})`) => {
  const given = (within: string): string => `group by (job, what) (present_over_time(${figure}[${within}]))`
  const answers = 'group by (job) (min_over_time(up[1m]) == 1)'
  return {
    expression: () => `max(${figure})`,
    unit,
    unwell,
    missing: `group((${given('1d')} unless ${given('1m')}) and on (job) ${answers})`,
  }
}

/** Of each kind, and not of whatever an earlier version called so. */
const failed = `edge_backup_failed{what=~"${allKinds.join('|')}"}`

/**
 * When somebody is called about backups. The figures stand still between two backups: each alarm rings until the next one
 * ends well. No figure at all is no health: it rings by the age, which every instance has whose backups are switched on.
 */
export const backupAlarms = [
  {
    promise: 'backupFailed',
    // On AWS the same is another alarm: `failedJobs`.
    metric: { name: 'NumberOfBackupJobsFailed', statistic: 'Sum', unit: 'count' },
    local: told(failed, 'count', `absent(count(group by (what) (${failed})) >= ${allKinds.length})`),
    period: duration('5 minutes'),
    periods: 1,
    silence: 'fine',
    means:
      'A backup, its copy elsewhere, its verification or the archiving of the log failed, and none of its kind was good since.',
    look: 'edge verify backup; edge logs agent',
    runbook,
  },
  {
    promise: 'backupSize',
    metric: { name: 'BackupSizeToMedian', statistic: 'Maximum', unit: 'count' },
    local: told('edge_backup_size_ratio', 'count'),
    period: duration('1 day'),
    periods: 1,
    silence: 'fine',
    means: 'The newest backup has another size than the seven before it: data is gone, or something writes too much.',
    look: seeList,
    lookOnAws: seeJobs,
    runbook,
  },
  {
    promise: 'backupDuration',
    metric: { name: 'BackupDuration', statistic: 'Maximum', unit: 'seconds' },
    local: told('edge_backup_duration_seconds', 'seconds'),
    period: duration('1 day'),
    periods: 1,
    silence: 'fine',
    means: 'A backup takes so long that the next one may have to wait for it.',
    look: seeList,
    lookOnAws: seeJobs,
    runbook,
  },
  {
    promise: backup.freshness,
    metric: { name: 'BackupAge', statistic: 'Maximum', unit: 'seconds' },
    local: { expression: () => 'time() - max(edge_backup_newest_seconds)', unit: 'seconds' },
    // A first `edge up` has this time to begin with backups.
    period: duration('5 minutes'),
    periods: 3,
    silence: 'fires',
    means: 'No good backup was made for longer than a day, or nobody knows of one.',
    look: seeList,
    lookOnAws: seeJobs,
    runbook,
  },
  {
    promise: backup.verification,
    metric: { name: 'VerificationAge', statistic: 'Maximum', unit: 'seconds' },
    local: { expression: () => 'time() - max(edge_backup_verified_seconds)', unit: 'seconds' },
    // The verification of this week ends a while after a week: two hours are what `edge verify` waits, too.
    period: duration('1 hour'),
    periods: 3,
    silence: 'fires',
    means: 'Nobody knows whether the backups of this week can be brought back.',
    look: seeList,
    lookOnAws: 'edge verify backup --target aws; aws backup list-restore-jobs',
    runbook,
  },
] as const satisfies readonly Measured[]

/**
 * The same on AWS, by AWS Backup's own count of the jobs of a vault. A count has a point where a job ended, and none beside it:
 * it rings until a whole day has had jobs that completed and none that did not, and each resource is backed up once a day. What
 * the vault does not count, copies and restores, is told by rules of EventBridge alone. Both tell of a backup that failed, and say so.
 */
export const failedJobs: MeasuredOnAws = {
  promise: 'backupFailed',
  metric: {
    name: 'NumberOfBackupJobsFailed',
    plus: ['NumberOfBackupJobsAborted', 'NumberOfBackupJobsExpired'],
    measuredWith: 'NumberOfBackupJobsCompleted',
    statistic: 'Sum',
    unit: 'count',
  },
  period: duration('1 day'),
  periods: 1,
  silence: 'stays',
  means:
    'A backup failed, was given up or did not begin in its time, and no day has gone well since. A letter of EventBridge told of the same failure at once, where its event came.',
  look: seeJobs,
  runbook,
}

/** The bounds of what is looked at when a backup has ended. */
export type BackupBounds = {
  /** Times the median of the last seven. */
  readonly size: readonly [atLeast: number, atMost: number]
  readonly duration: Duration
}

type Configured = {
  readonly monitoring: {
    readonly alarms: {
      readonly backupSizeAtLeast: number
      readonly backupSizeAtMost: number
      readonly backupDuration: Duration
    }
  }
}

/** When somebody is called about a backup that was made. */
export const boundsOf = ({ monitoring: { alarms } }: Configured): BackupBounds => ({
  size: [alarms.backupSizeAtLeast, alarms.backupSizeAtMost],
  duration: alarms.backupDuration,
})

export type Made = { readonly bytes: number; readonly took: number }

const looksBackAt = 7

/** What rings about a backup that was made, in words; `before`: those that came before it, oldest first. */
export function ringing(
  made: Made,
  before: readonly Made[],
  { size, duration: longest }: BackupBounds,
): readonly string[] {
  const times = timesTheUsual(made, before)
  const [least, most] = size
  return [
    ...(times < least || times > most
      ? [
          `it has ${times.toFixed(2)} × the median of the last ${Math.min(before.length, looksBackAt)}: ${made.bytes} bytes`,
        ]
      : []),
    ...(made.took > longest.milliseconds
      ? [`it took ${Math.round(made.took / 1000)} s, longer than ${seconds(longest)} s`]
      : []),
  ]
}

/** The size of a backup as times the median of the last seven before it; 1 where there was none. */
export function timesTheUsual({ bytes }: Pick<Made, 'bytes'>, before: readonly Pick<Made, 'bytes'>[]): number {
  const usual = median(before.slice(-looksBackAt).map((one) => one.bytes))
  return usual === undefined || usual === 0 ? 1 : bytes / usual
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)]
}
