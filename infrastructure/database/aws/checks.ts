import type { ChecksFor } from '../../../src/core/check.ts'
import { declaredBy, type ProvenStack } from '../../../src/targets/aws/declared.ts'
import type { database } from '../guarantees.ts'

/** What RDS keeps by how it is configured is read back from its API; what has to be seen to act is not built yet. */
export const checksOnAws: ChecksFor<typeof database, ProvenStack> = {
  instanceClass: declaredBy('instanceClass'),
  storage: declaredBy('storage'),
  standby: declaredBy('standby'),
  survivesMachineLoss: declaredBy('survivesMachineLoss'),
  readReplica: declaredBy('readReplica'),
  poolMinimum: {
    never:
      'RDS Proxy opens no connection before a client asks: MaxIdleConnectionsPercent is a ceiling of what stays open',
  },
  poolMaximum: declaredBy('poolMaximum'),
  poolIdle: declaredBy('poolIdle'),
  poolWait: declaredBy('poolWait'),
  parameters: declaredBy('parameters'),
  monitoring: declaredBy('monitoring'),
  insights: declaredBy('insights'),
  network: declaredBy('network'),
  noLostWrites: { notBuilt: 'numbered heartbeats on RDS, the newest acknowledged one kept outside of it' },
  boundedStaleness: { notBuilt: 'the age of the heartbeat row on the replica, read by SQL' },
  encryptedConnections: declaredBy('encryptedConnections'),
}
