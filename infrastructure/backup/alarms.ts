import type { Measured } from '../../src/core/alarm.ts'
import { type Duration, duration, seconds } from '../../src/core/units.ts'

/** When somebody is called about backups; each is looked at when a backup or a verification ends. */
export const backupAlarms = [
  {
    promise: 'backupFailed',
    metric: { name: 'NumberOfBackupJobsFailed', statistic: 'Sum', unit: 'count' },
    period: duration('5 minutes'),
    periods: 1,
    silence: 'fine',
  },
  {
    promise: 'backupSize',
    metric: { name: 'BackupSizeToMedian', statistic: 'Maximum', unit: 'count' },
    period: duration('1 day'),
    periods: 1,
    silence: 'fine',
  },
  {
    promise: 'backupDuration',
    metric: { name: 'BackupDuration', statistic: 'Maximum', unit: 'seconds' },
    period: duration('1 day'),
    periods: 1,
    silence: 'fine',
  },
] as const satisfies readonly Omit<Measured, 'local' | 'means' | 'look' | 'runbook'>[]

/** The bounds of what is looked at when a backup has ended. */
export type BackupBounds = {
  /** Times the median of the last seven. */
  readonly size: readonly [atLeast: number, atMost: number]
  readonly duration: Duration
}

export type Made = { readonly bytes: number; readonly took: number }

const looksBackAt = 7

/** What rings about a backup that was made, in words; `before`: those that came before it, oldest first. */
export function ringing(
  made: Made,
  before: readonly Made[],
  { size, duration: longest }: BackupBounds,
): readonly string[] {
  const usual = median(before.slice(-looksBackAt).map(({ bytes }) => bytes))
  const times = usual === undefined || usual === 0 ? 1 : made.bytes / usual
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

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)]
}
