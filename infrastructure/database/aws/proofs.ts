import { seconds } from '../../../src/core/units.ts'
import type { CallingAlarm } from '../../../src/targets/aws/alarm.ts'
import type { CallingFunctionAlarm } from '../../../src/targets/aws/function-alarms.ts'
import { functionAlarmProofs } from '../../../src/targets/aws/function-alarm-proof.ts'
import { alarmProofs } from '../../../src/targets/aws/alarm-proof.ts'
import type { RoomProof } from '../../../src/targets/aws/proof.ts'
import type { DatabaseSettings } from '../settings.ts'
import type { NetworkSettings } from './network.ts'
import { rdsParameters } from './parameters.ts'
import { poolShares } from './pool-shares.ts'
import { heartbeatProofs } from './proofs-heartbeats.ts'
import { instanceProofs } from './proofs-instances.ts'
import { networkProofs, subnetsOf } from './proofs-network.ts'
import { callProofs, callsItself } from '../../../src/targets/aws/call-proof.ts'
import { parameterProofs } from './proofs-parameters.ts'
import { poolProofs } from './proofs-pool.ts'
import { replicaHeartbeatProofs } from './proofs-replica-heartbeat.ts'
import { rightsProofs } from './proofs-rights.ts'

/** What a stack of the database is made from. */
export type DatabaseNeedsOnAws = {
  readonly network: NetworkSettings
  readonly recoverDays: number
  readonly alarms: readonly CallingAlarm[]
  readonly silent: readonly CallingFunctionAlarm[]
}

/** All that the stack of a configuration is to have, resource by resource. */
export function databaseProofs(
  { name, region }: { readonly name: string; readonly region: string },
  settings: DatabaseSettings,
  { network, recoverDays, alarms, silent }: DatabaseNeedsOnAws,
): readonly RoomProof[] {
  const { idle, wait } = settings.pool
  return [
    ...instanceProofs(name, recoverDays, settings.rds),
    ...parameterProofs(rdsParameters(settings)),
    ...poolProofs(name, poolShares(settings), seconds(idle), seconds(wait), subnetsOf(network)),
    ...networkProofs(network, region),
    ...rightsProofs(name, network),
    ...heartbeatProofs,
    ...replicaHeartbeatProofs(name, network),
    ...functionAlarmProofs(name, silent),
    ...callProofs(`${name}-database`, alarms),
    ...alarms.flatMap((alarm) =>
      alarmProofs(alarm, ['AWS/RDS', `DBInstanceIdentifier ${watched(alarm)}`], callsItself(alarm, alarms)),
    ),
  ]
}

const watched = ({ metric }: CallingAlarm): string => (metric.name === 'ReplicaLag' ? 'Replica' : 'Primary')
