import type { Severity } from '../../src/core/severity.ts'
import type { monitoring } from './guarantees.ts'

export const severityOf: Readonly<Record<keyof typeof monitoring, Severity>> = {
  databaseCpu: 'warning',
  freeableMemory: 'critical',
  freeStorage: 'critical',
  connections: 'critical',
  replicaLag: 'warning',
  readIops: 'warning',
  writeIops: 'warning',
  readLatency: 'warning',
  writeLatency: 'warning',
  queueDepth: 'warning',
  backupFailed: 'critical',
  backupSize: 'warning',
  backupDuration: 'warning',
  cdnErrors: 'critical',
  hitRatio: 'warning',
  originLatency: 'warning',
  silence: 'critical',
  delivery: 'critical',
}

/** The same of alarms that keep no promise. */
const besides: Readonly<Record<string, Severity>> = { diskOperations: 'warning' }

/** How urgent an alarm is; one of no promise that is known here is taken for urgent. */
export const severityOfAlarm = ({ name }: { readonly name: string }): Severity =>
  new Map<string, Severity>(Object.entries({ ...besides, ...severityOf })).get(name) ?? 'critical'
