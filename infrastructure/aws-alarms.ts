import type { Configuration } from '../src/config/schema.ts'
import type { Alarm, Measured, MeasuredOnAws } from '../src/core/alarm.ts'
import type { AlarmOnAws } from '../src/core/cloudwatch-alarm.ts'
import { measuredOfJobs } from './backup/aws/measured.ts'
import { cdnAlarms } from './cdn/alarms.ts'
import { databaseAlarmsOnAws } from './database/alarms.ts'
import { classOperations } from './database/aws/class-operations.ts'
import { alarmsAt } from './monitoring/alarms.ts'

/** What the stacks measure, and have alarms about. */
export const measuredOnAws: readonly MeasuredOnAws[] = [...databaseAlarmsOnAws, ...measuredOfJobs, ...cdnAlarms]

type Given = Pick<Configuration, 'monitoring' | 'database'>

/** Alarms at the thresholds that they have on AWS: a disk does no more than the class of its server is good for. */
export function alarmsOnAws(given: Given, measured: readonly Measured[]): readonly Alarm[]
export function alarmsOnAws(given: Given, measured: readonly MeasuredOnAws[]): readonly AlarmOnAws[]
export function alarmsOnAws(
  { monitoring, database }: Given,
  measured: readonly MeasuredOnAws[],
): readonly AlarmOnAws[] {
  const iops = Math.min(monitoring.disk.iops, classOperations.get(database.rds.class) ?? Infinity)
  return alarmsAt({ ...monitoring, disk: { ...monitoring.disk, iops } }, measured)
}
