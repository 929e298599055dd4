import { guarantees } from '../../src/core/guarantee.ts'
import { duration } from '../../src/core/units.ts'

export const backup = guarantees('backup', {
  daily: {
    says: 'A backup of every day is there to go back to for a week.',
    source: 'document',
    exactly: duration('7 days'),
  },
  weekly: { says: 'A backup of every week is kept for a month.', source: 'document', exactly: duration('30 days') },
  monthly: {
    says: 'A backup of every month is kept for a quarter of a year.',
    source: 'document',
    exactly: duration('90 days'),
  },
  pointInTime: { says: 'The database can be brought back to any second that the logs cover.', source: 'document' },
  transactionLogs: {
    says: 'Transaction logs reach back this far without a gap.',
    source: 'document',
    atLeast: duration('24 hours'),
  },
  fileVersions: { says: 'Earlier versions of every uploaded file can be restored.', source: 'document' },
  otherRegion: { says: 'A copy of the backups lies in another place.', source: 'document' },
  infrequentAccess: {
    says: 'Earlier versions go to cheaper storage when they are this old.',
    source: 'document',
    exactly: duration('30 days'),
  },
  archive: {
    says: 'Earlier versions go to the archive when they are this old.',
    source: 'document',
    exactly: duration('90 days'),
  },
  expiry: {
    says: 'Earlier versions are deleted when they are this old.',
    source: 'document',
    exactly: duration('365 days'),
  },
  statePointInTime: { says: 'Sessions and preferences can be brought back to any second.', source: 'document' },
  stateDaily: {
    says: 'A daily backup of sessions and preferences is kept for a week.',
    source: 'document',
    exactly: duration('7 days'),
  },
  verification: {
    says: 'Every week all that is in the backups is read and compared.',
    source: 'document',
    atMost: duration('7 days'),
  },
  restoreTest: { says: 'Critical data is restored for a test, and compared with what it was.', source: 'document' },
  notification: { says: 'Somebody is told the result of every verification.', source: 'document' },
  encryption: { says: 'Backups cannot be read without their key.', source: 'ours' },
  freshness: { says: 'The newest good backup is not older than this.', source: 'ours', atMost: duration('26 hours') },
  recoveryPoint: {
    says: 'A loss of the whole database loses no more than this time of work.',
    source: 'ours',
    atMost: duration('120 seconds'),
  },
  recoveryTime: {
    says: 'The shipped data is restored and answers again within this time.',
    source: 'ours',
    atMost: duration('15 minutes'),
  },
})
