import type { ChecksFor } from '../../src/core/check.ts'
import { encryptedConnections } from './check-encryption.ts'
import { insights } from './check-insights.ts'
import { monitoring } from './check-monitoring.ts'
import { network } from './check-network.ts'
import { parametersInForce } from './check-parameters.ts'
import { poolIdle, poolMaximum, poolMinimum, poolWait } from './check-pool.ts'
import { boundedStaleness, readReplica } from './check-readers.ts'
import { noLostWrites, standby } from './check-replication.ts'
import { database } from './guarantees.ts'
import type { DatabaseEndpoint } from './local.ts'

export const checks: ChecksFor<typeof database, DatabaseEndpoint> = {
  instanceClass: { never: 'one machine has the class that it has; its memory settings follow it' },
  storage: { never: 'a disk of one machine does not grow; free space is watched instead' },
  survivesMachineLoss: { never: 'all members stand on one machine' },
  standby,
  readReplica,
  poolMinimum,
  poolMaximum,
  poolIdle,
  poolWait,
  parameters: parametersInForce,
  monitoring,
  insights,
  network,
  noLostWrites,
  boundedStaleness,
  encryptedConnections,
}
