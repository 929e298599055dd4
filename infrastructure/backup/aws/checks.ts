import { type Check, type ChecksFor, notClaimed } from '../../../src/core/check.ts'
import { declaredBy, type ProvenStack } from '../../../src/targets/aws/declared.ts'
import type { backup } from '../guarantees.ts'
import {
  freshness,
  notification,
  recoveryPoint,
  recoveryTime,
  restoreTest,
  verification,
} from './check-restore-tests.ts'
import type { BackupEndpointOnAws } from './endpoint.ts'

const elsewhere = declaredBy('otherRegion')

/** Without a region for copies there is nothing to read back, and nothing is promised. */
const otherRegion: Check<ProvenStack> = (stack, world) =>
  stack.proofs.some(({ proves }) => proves.includes('otherRegion'))
    ? elsewhere(stack, world)
    : Promise.resolve(notClaimed('aws.copies is off: each backup lies in one region alone'))

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
  encryption: declaredBy('encryption'),
  freshness,
  recoveryPoint,
  recoveryTime,
}
