import type { ChecksFor } from '../../src/core/check.ts'
import type { backup } from './guarantees.ts'

/** There is nothing to look at yet. */
export type BackupEndpoint = Readonly<Record<never, never>>

/** Backups are not made yet; each answer says what is going to prove its promise. */
export const checks: ChecksFor<typeof backup, BackupEndpoint> = {
  daily: { notBuilt: "seven daily backups in pgBackRest's own list, each with its logs" },
  weekly: { notBuilt: "the weekly backups of 30 days in pgBackRest's own list" },
  monthly: { notBuilt: "the monthly backups of 90 days in pgBackRest's own list" },
  pointInTime: { notBuilt: 'a restore to a chosen second, with a row of before and none of after' },
  transactionLogs: { notBuilt: '24 h of logs in the archive without a gap' },
  fileVersions: { notBuilt: 'a file that was overwritten and deleted is had back, byte for byte' },
  otherRegion: { notBuilt: 'a second repository on another machine, read back and compared' },
  infrequentAccess: { never: 'the disk of one machine has no storage classes' },
  archive: { never: 'the disk of one machine has no storage classes' },
  expiry: { notBuilt: 'a version of 366 days is gone, one of 364 is there' },
  statePointInTime: { notBuilt: 'the schema of the application state, taken out of a restore to a chosen second' },
  stateDaily: { notBuilt: 'seven daily exports of the application state' },
  verification: { notBuilt: 'a weekly reading of all backup data against its checksums, of more than zero objects' },
  restoreTest: { notBuilt: 'a restore into a fresh place, its fingerprints compared with those of the backup' },
  notification: { notBuilt: 'a message of every result, seen at the far end' },
  encryption: { notBuilt: 'the repository opened without its key, and with it' },
  freshness: { notBuilt: 'the age of the newest backup that was verified' },
  recoveryPoint: { notBuilt: 'the newest commit that a restore brings back, against the newest that was made' },
  recoveryTime: { notBuilt: 'the time from the start of a restore to the first answered query' },
}
