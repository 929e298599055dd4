import type { OwnFunction } from '../../../src/core/own-function.ts'
import { duration } from '../../../src/core/units.ts'

const threeTimes = { period: duration('5 minutes'), periods: 3 } as const

/** The functions of the database's stack, and when somebody is called about them. */
export const databaseFunctions: readonly OwnFunction[] = [
  {
    name: 'replica-heartbeat',
    severity: 'warning',
    // It is called each minute: a failover takes the database away for one or two.
    failed: threeTimes,
    silent: threeTimes,
    rules: ['each-minute'],
    means: 'The lag of the replica climbs on an idle primary, and a restored copy does not say of which minute it is.',
    runbook: 'replica-lag.md',
  },
  {
    // Secrets Manager calls it each 30 days, and CloudWatch looks back for seven: that it is not called no alarm can see.
    name: 'rotate-password',
    severity: 'critical',
    failed: { period: duration('5 minutes'), periods: 1 },
    means: 'The password of the database was not changed, or by half: then whoever signs in is refused.',
    runbook: 'passwords.md',
  },
]
