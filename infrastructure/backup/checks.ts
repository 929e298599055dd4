import type { ChecksFor } from '../../src/core/check.ts'
import type { Backups } from './backups.ts'
import { checkElsewhere } from './check-elsewhere.ts'
import { checkEncryption } from './check-encryption.ts'
import { checkExpiry, checkFileVersions, checkStateDaily } from './check-files.ts'
import { checkLogs, checkRecoveryPoint } from './check-logs.ts'
import { tierCheck } from './check-tiers.ts'
import {
  checkFreshness,
  checkNotification,
  checkPointInTime,
  checkRecoveryTime,
  checkRestoreTest,
  checkStatePointInTime,
  checkVerification,
} from './check-verification.ts'
import type { backup } from './guarantees.ts'

export const checks: ChecksFor<typeof backup, Backups> = {
  daily: tierCheck('daily'),
  weekly: tierCheck('weekly'),
  monthly: tierCheck('monthly'),
  pointInTime: checkPointInTime,
  transactionLogs: checkLogs,
  fileVersions: checkFileVersions,
  otherRegion: checkElsewhere,
  infrequentAccess: { never: 'the disk of one machine has no storage classes' },
  archive: { never: 'the disk of one machine has no storage classes' },
  expiry: checkExpiry,
  statePointInTime: checkStatePointInTime,
  stateDaily: checkStateDaily,
  verification: checkVerification,
  restoreTest: checkRestoreTest,
  notification: checkNotification,
  encryption: checkEncryption,
  freshness: checkFreshness,
  recoveryPoint: checkRecoveryPoint,
  recoveryTime: checkRecoveryTime,
}
