import type { ChecksFor } from '../../../src/core/check.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import type { monitoring } from '../guarantees.ts'
import { alarmCalls, siteAlarmCalls } from './check-alarm.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'
import { figuresAreThere } from './check-figures.ts'
import { deliveryOnAws } from './check-way.ts'

const ofJob = { notBuilt: 'a function on the event of a job: AWS Backup has no such metric' }

export const checksOnAws: ChecksFor<typeof monitoring, MonitoringEndpointOnAws> = {
  databaseCpu: alarmCalls('databaseCpu'),
  freeableMemory: alarmCalls('freeableMemory'),
  freeStorage: alarmCalls('freeStorage'),
  connections: alarmCalls('connections'),
  replicaLag: alarmCalls('replicaLag'),
  readIops: alarmCalls('readIops'),
  writeIops: alarmCalls('writeIops'),
  readLatency: alarmCalls('readLatency'),
  writeLatency: alarmCalls('writeLatency'),
  queueDepth: alarmCalls('queueDepth'),
  backupFailed: declaredBy('backupFailed'),
  backupSize: ofJob,
  backupDuration: ofJob,
  cdnErrors: siteAlarmCalls('cdnErrors'),
  hitRatio: siteAlarmCalls('hitRatio'),
  originLatency: siteAlarmCalls('originLatency'),
  silence: figuresAreThere,
  delivery: deliveryOnAws,
}
