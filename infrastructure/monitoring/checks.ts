import type { ChecksFor } from '../../src/core/check.ts'
import type { monitoring } from './guarantees.ts'

/** There is nothing to look at yet. */
export type MonitoringEndpoint = Readonly<Record<never, never>>

const drill = (cause: string) => ({ notBuilt: `a drill that ${cause} and sees the message arrive at its far end` })

/** Nobody is called yet; each answer says what is going to prove its promise. */
export const checks: ChecksFor<typeof monitoring, MonitoringEndpoint> = {
  databaseCpu: drill('keeps the database busy'),
  freeableMemory: drill('takes memory away'),
  freeStorage: drill('fills a volume of its own'),
  connections: drill('opens connections'),
  replicaLag: drill("stops the replica's replay"),
  readIops: drill('reads from the disk without a pause'),
  writeIops: drill('writes to the disk without a pause'),
  readLatency: drill('slows reads down'),
  writeLatency: drill('slows writes down'),
  queueDepth: drill('lets requests queue up'),
  backupFailed: drill('makes a backup fail'),
  backupSize: drill('makes a backup of half the usual size'),
  backupDuration: drill('holds a backup up'),
  cdnErrors: drill('breaks the origin'),
  hitRatio: drill('asks for what is in no cache'),
  originLatency: drill('slows the origin down'),
}
