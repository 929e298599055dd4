import type { Outputs } from '../../../src/targets/aws/outputs.ts'
import { planned } from './instances.ts'

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
  /** Where a function stands that reaches the database. */
  functionGroup: 'FunctionGroup',
  functionSubnets: 'FunctionSubnets',
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
  /** A function that stands there reaches the database, and what is restored beside it; it signs in by IAM. */
  readonly functions: {
    readonly group: string
    readonly subnets: readonly string[]
    readonly database: string
    readonly user: string
  }
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
  functions: {
    group: given.get(outputs.functionGroup),
    subnets: given.get(outputs.functionSubnets).split(','),
    database: planned.database,
    user: planned.reader,
  },
})

/** GB of storage that a stack begins with, by its output; before that was a setting, all began with as much. */
export const beginsWith = (output: string | undefined): number => Number(output ?? 100)
