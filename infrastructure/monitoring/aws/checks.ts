import type { ChecksFor } from '../../../src/core/check.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import type { monitoring } from '../guarantees.ts'
import { alarmCalls, type MonitoringEndpointOnAws } from './check-alarm.ts'

const ofJob = { notBuilt: 'a function on the event of a job: AWS Backup has no such metric' }
const ofCdn = { notBuilt: 'a topic for the alarms of the CDN: they are there, and call nobody yet' }

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
  cdnErrors: ofCdn,
  hitRatio: ofCdn,
  originLatency: ofCdn,
  silence: { notBuilt: 'a data point of each continuous metric after the deployment' },
  delivery: { notBuilt: 'a message of the deployed topic, seen at its far end' },
}
