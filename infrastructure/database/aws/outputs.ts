import type { Outputs } from '../../../src/targets/aws/outputs.ts'

/** What others read of the stack when it is deployed. */
export const outputs = {
  /** Transaction door: the pool. */
  pool: 'PoolEndpoint',
  /** Session door: the primary's own endpoint. */
  session: 'SessionEndpoint',
  reader: 'ReaderEndpoint',
  secret: 'PasswordSecret',
  primary: 'PrimaryId',
  subnets: 'SubnetGroup',
  group: 'SecurityGroup',
  heartbeats: 'HeartbeatsTable',
  shares: 'PoolShares',
  afterRestart: 'ParametersAfterRestart',
  /** GB that the primary's storage begins with; it may have grown since. */
  storage: 'StorageBeginsWith',
} as const

/** A database that is deployed: where it answers, and what other stacks need of it. */
export type DeployedDatabase = {
  readonly pool: string
  readonly session: string
  readonly reader: string
  readonly secret: string
  readonly primary: string
  readonly subnets: string
  readonly group: string
  /** The table in which the newest acknowledged heartbeat is noted. */
  readonly heartbeats: string
  /** GB that the primary's storage begins with. */
  readonly gibibytes: number
}

/** Throws MissingOutput where an older version of edge deployed less. */
export const deployedDatabase = (given: Outputs): DeployedDatabase => ({
  pool: given.get(outputs.pool),
  session: given.get(outputs.session),
  reader: given.get(outputs.reader),
  secret: given.get(outputs.secret),
  primary: given.get(outputs.primary),
  subnets: given.get(outputs.subnets),
  group: given.get(outputs.group),
  heartbeats: given.get(outputs.heartbeats),
  gibibytes: beginsWith(given.find(outputs.storage)),
})

/** GB of storage that a stack begins with, by its output; before that was a setting, all began with as much. */
export const beginsWith = (output: string | undefined): number => Number(output ?? 100)
