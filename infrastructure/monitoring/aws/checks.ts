import { type Check, type ChecksFor, notClaimed } from '../../../src/core/check.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import type { monitoring } from '../guarantees.ts'
import { alarmCalls, siteAlarmCalls } from './check-alarm.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'
import { figuresAreThere } from './check-figures.ts'
import { deliveryOnAws } from './check-way.ts'

const sizeCalls = alarmCalls('backupSize')

/** The alarm calls; but of what is backed up of the database there is no size that it could look at. */
const backupSize: Check<MonitoringEndpointOnAws> = async (endpoint, world) => {
  const seen = await sizeCalls(endpoint, world)
  return seen.is === 'kept'
    ? notClaimed(
        'AWS Backup says 0 bytes of each backup of RDS: the alarm is as it should be, and hears of tables and uploads alone',
      )
    : seen
}

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
  backupSize,
  backupDuration: alarmCalls('backupDuration'),
  cdnErrors: siteAlarmCalls('cdnErrors'),
  // CloudFront has no figure of static files alone, and its access log no alarm.
  hitRatio: siteAlarmCalls('hitRatio', 'CacheHitRate: of every GET, those of the API too, which are never a hit'),
  originLatency: siteAlarmCalls('originLatency'),
  silence: figuresAreThere,
  delivery: deliveryOnAws,
}
