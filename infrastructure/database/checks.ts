import { type ChecksFor, notBuilt } from '../../src/core/check.ts'
import { notClaimed } from '../../src/core/check.ts'
import { encryptedConnections } from './check-encryption.ts'
import { parametersInForce } from './check-parameters.ts'
import { poolIdle, poolMaximum, poolMinimum, poolWait } from './check-pool.ts'
import { noLostWrites, standby } from './check-replication.ts'
import { database } from './guarantees.ts'
import type { DatabaseEndpoint } from './local.ts'

const elsewhere = async () => notClaimed('this needs more than one machine')

export const checks: ChecksFor<typeof database, DatabaseEndpoint> = {
  instanceClass: elsewhere,
  storage: elsewhere,
  survivesMachineLoss: elsewhere,
  standby,
  readReplica: notBuilt('a third member that answers reads only'),
  poolMinimum,
  poolMaximum,
  poolIdle,
  poolWait,
  parameters: parametersInForce,
  monitoring: notBuilt('exporters for the database and its machine'),
  insights: notBuilt('the costliest statements, read from pg_stat_statements'),
  network: notBuilt('a stranger on another interface who is refused'),
  noLostWrites,
  boundedStaleness: notBuilt('the age of the heartbeat row on the replica that answers'),
  encryptedConnections,
}
