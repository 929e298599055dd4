import { type Check, type ChecksFor, notClaimed } from '../../../src/core/check.ts'
import type { monitoring } from '../guarantees.ts'
import { alarmCalls, siteAlarmCalls } from './check-alarm.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'
import { figuresAreThere } from './check-figures.ts'
import { onAdditionalFigures } from './check-subscription.ts'
import { deliveryOnAws, rulesCall } from './check-way.ts'

const failedCalls = alarmCalls('backupFailed')

/** Rules of EventBridge tell at once of backups, copies and restores; the alarm on what AWS Backup counts has an end. */
const backupFailed: Check<MonitoringEndpointOnAws> = async (endpoint, world) => {
  const byRules = await rulesCall(endpoint, world)
  if (byRules.is !== 'kept') return byRules
  const byAlarm = await failedCalls(endpoint, world)
  return byAlarm.is === 'kept' ? byRules : byAlarm
}

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
  // The disk does not care which of the two it is: each may stay below its boundary where both together are all that it does.
  readIops: alarmCalls('readIops', 'diskOperations'),
  writeIops: alarmCalls('writeIops', 'diskOperations'),
  readLatency: alarmCalls('readLatency'),
  writeLatency: alarmCalls('writeLatency'),
  queueDepth: alarmCalls('queueDepth'),
  backupFailed,
  backupSize,
  backupDuration: alarmCalls('backupDuration'),
  cdnErrors: siteAlarmCalls('cdnErrors'),
  // CloudFront has no figure of static files alone, and its access log no alarm.
  hitRatio: onAdditionalFigures(
    siteAlarmCalls('hitRatio', 'CacheHitRate: of every GET, those of the API too, which are never a hit'),
  ),
  originLatency: onAdditionalFigures(siteAlarmCalls('originLatency')),
  silence: figuresAreThere,
  delivery: deliveryOnAws,
}
