import { OperatorError } from '../../../src/core/errors.ts'
import type { Schedule } from '../../../src/core/job.ts'
import type { Duration } from '../../../src/core/units.ts'
import { schedules } from '../schedule.ts'
import type { BackupSettings } from '../settings.ts'

/** AWS Backup counts in whole days, and what is promised is the least: a part of a day is a whole one. */
export const daysOf = (time: Duration): number => Math.ceil(time.milliseconds / 86_400_000)

/** Neither RDS nor AWS Backup keeps a log for longer (Developer Guide, "Continuous backups and point-in-time recovery"). */
const mostDays = 35

/**
 * How many days back the database can be brought to any second. The stack of the database is told the same number: AWS
 * Backup and RDS each set it, and with two numbers each would set the other's back. Throws OperatorError above 35.
 */
export function recoverDays({ daily, transactionLogs }: BackupSettings): number {
  const days = Math.max(daysOf(daily.keep), daysOf(transactionLogs.keep))
  if (days <= mostDays) return days
  const where = daysOf(transactionLogs.keep) > mostDays ? 'backup.transactionLogs.keep' : 'backup.daily.keep'
  throw new OperatorError(where, `must be at most ${mostDays} days on AWS (got ${days} days)`, [
    'weekly and monthly backups may be kept for longer',
  ])
}

/** A rule of the plan: when, in UTC, and for how many days. */
export type Rule = { readonly name: string; readonly cron: string; readonly days: number; readonly continuous: boolean }

const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

/** As EventBridge writes it: one of the two days is `?`, days of the week have names, and there are years. */
export function onAws({ cron }: Pick<Schedule, 'cron'>): string {
  const [minute, hour, day, month, weekday = '*'] = cron.split(' ')
  const days = weekday === '*' ? [day, month, '?'] : ['?', month, weekdays[Number(weekday)] ?? weekday]
  return `cron(${[minute, hour, ...days].join(' ')} *)`
}

/**
 * The windows of the rules begin an hour apart and are an hour long: of two that overlap, AWS Backup makes the one that is
 * kept for longer, and no other. The hours are those of this machine's backups.
 */
export const databaseRules = (settings: BackupSettings): readonly Rule[] => [
  { name: 'monthly', cron: onAws(schedules.monthly), days: daysOf(settings.monthly.keep), continuous: false },
  { name: 'weekly', cron: onAws(schedules.weekly), days: daysOf(settings.weekly.keep), continuous: false },
  { name: 'daily', cron: onAws(schedules.daily), days: daysOf(settings.daily.keep), continuous: false },
  { name: 'continuous', cron: 'cron(0 5 * * ? *)', days: recoverDays(settings), continuous: true },
]

/** Of the tables: they are brought back to any second by DynamoDB itself, so that a daily backup is all that they need. */
export const stateRules = (settings: BackupSettings): readonly Rule[] => [
  { name: 'state-daily', cron: 'cron(0 4 * * ? *)', days: daysOf(settings.applicationState.keep), continuous: false },
]

export const windowMinutes = 60

/** No lock may ask for more than the rule that keeps for the shortest time: its points would be refused. */
export const shortestDays = (settings: BackupSettings): number =>
  Math.min(...[...databaseRules(settings), ...stateRules(settings)].map(({ days }) => days))
