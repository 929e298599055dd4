import { type Check, type ChecksFor, notClaimed } from '../../../src/core/check.ts'
import { declaredBy, type ProvenStack } from '../../../src/targets/aws/declared.ts'
import type { backup } from '../guarantees.ts'

const elsewhere = declaredBy('otherRegion')

/** Without a region for copies there is nothing to read back, and nothing is promised. */
const otherRegion: Check<ProvenStack> = (stack, world) =>
  stack.proofs.some(({ proves }) => proves.includes('otherRegion'))
    ? elsewhere(stack, world)
    : Promise.resolve(notClaimed('aws.copies is off: each backup lies in one region alone'))

/** What AWS Backup keeps by how it is configured is read back from its API; what has to be seen to act is not built yet. */
export const checksOnAws: ChecksFor<typeof backup, ProvenStack> = {
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
  // A restore test is there, and looks whether something came back; what it was is compared with nothing yet.
  verification: {
    notBuilt: 'each kind of data of a restore test read as a whole, and compared with what was backed up',
  },
  restoreTest: { notBuilt: 'rows, files and items that a restore test brings back, compared with those of the backup' },
  notification: { notBuilt: 'a message of the result of each restore test, seen at the far end' },
  encryption: declaredBy('encryption'),
  freshness: { notBuilt: 'the age of the newest recovery point that a restore test found good' },
  recoveryPoint: { notBuilt: 'the newest commit that a restore test brings back, against the newest that was made' },
  recoveryTime: { notBuilt: 'the time from the start of a restore test to the first answered query' },
}
