import type { ChecksFor } from '../../../src/core/check.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import type { database } from '../guarantees.ts'
import { encryptedConnections, readReplica } from './check-by-sql.ts'
import { noLostWrites } from './check-heartbeats.ts'
import { parameters } from './check-parameters.ts'
import { poolMaximum } from './check-pool.ts'
import { boundedStaleness } from './check-staleness.ts'
import type { DatabaseEndpointOnAws } from './doors.ts'

/** What RDS keeps by how it is configured is read back from its API; what has to be seen to act is asked for by SQL. */
export const checksOnAws: ChecksFor<typeof database, DatabaseEndpointOnAws> = {
  instanceClass: declaredBy('instanceClass'),
  storage: declaredBy('storage'),
  standby: declaredBy('standby'),
  survivesMachineLoss: declaredBy('survivesMachineLoss'),
  readReplica,
  poolMinimum: {
    never:
      'RDS Proxy opens no connection before a client asks: MaxIdleConnectionsPercent is a ceiling of what stays open',
  },
  poolMaximum,
  poolIdle: declaredBy('poolIdle'),
  poolWait: declaredBy('poolWait'),
  parameters,
  monitoring: declaredBy('monitoring'),
  insights: declaredBy('insights'),
  network: declaredBy('network'),
  noLostWrites,
  boundedStaleness,
  encryptedConnections,
}
