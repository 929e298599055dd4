import type { ChecksFor } from '../../../src/core/check.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import type { backup } from '../guarantees.ts'
import { otherRegion } from './check-copies.ts'
import { encryption } from './check-encryption.ts'
import {
  freshness,
  notification,
  recoveryPoint,
  recoveryTime,
  restoreTest,
  verification,
} from './check-restore-tests.ts'
import type { BackupEndpointOnAws } from './endpoint.ts'

/**
 * What AWS Backup keeps by how it is configured is read back from its API; what has to be seen to act, the restore tests
 * have seen.
 */
export const checksOnAws: ChecksFor<typeof backup, BackupEndpointOnAws> = {
  daily: declaredBy('daily'),
  weekly: declaredBy('weekly'),
  monthly: declaredBy('monthly'),
  pointInTime: declaredBy('pointInTime'),
  transactionLogs: declaredBy('transactionLogs'),
  fileVersions: declaredBy('fileVersions'),
  otherRegion,
  infrequentAccess: declaredBy('infrequentAccess'),
  archive: declaredBy('archive'),
  expiry: declaredBy('expiry'),
  statePointInTime: declaredBy('statePointInTime'),
  stateDaily: declaredBy('stateDaily'),
  verification,
  restoreTest,
  notification,
  encryption,
  freshness,
  recoveryPoint,
  recoveryTime,
}
