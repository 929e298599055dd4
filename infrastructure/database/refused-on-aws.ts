import type { RefusedOnAws } from '../../src/core/room.ts'
import { type Duration, seconds, show } from '../../src/core/units.ts'
import type { DatabaseSettings } from './settings.ts'

/** In seconds (RDS API Reference, ConnectionPoolConfiguration and CreateDBProxy): beyond them RDS refuses the pool. */
const atMost = { wait: 300, idle: 28_800 } as const
const called = { wait: 'ConnectionBorrowTimeout', idle: 'IdleClientTimeout' } as const

/** What RDS Proxy does not take. */
export const refusedOnAws: RefusedOnAws<Pick<DatabaseSettings, 'pool'>> = ({ pool }) =>
  (['wait', 'idle'] as const).flatMap((name) => {
    const problem = problemOf(name, pool[name])
    return problem === undefined ? [] : [[`database.pool.${name}`, problem] as const]
  })

function problemOf(name: keyof typeof atMost, value: Duration): string | undefined {
  const number = seconds(value)
  const most = atMost[name]
  if (number > most) return `must be at most '${most} seconds' on AWS: RDS Proxy takes no more (${called[name]})`
  return Number.isInteger(number) ? undefined : `must be whole seconds on AWS: RDS Proxy takes no ${show(value)}`
}
