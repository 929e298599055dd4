import { type DBInstance, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'
import { instanceNames } from './instances.ts'

/** What RDS has not done yet, of the instances of a database. */
export type Pending = {
  /** Names of instances with parameters that are in force after a restart only. */
  readonly restarts: readonly string[]
  /** Instances whose storage RDS works on after it grew: they serve, and RDS takes no other change of it. */
  readonly optimised: readonly string[]
  /** Instances with more storage than they began with, and how many GB of it. */
  readonly grown: readonly (readonly [instance: string, gibibytes: number])[]
}

/** `begins`: the GB of storage that the stack asks for. */
export async function pendingOf(instance: string, client: ClientSettings, begins = Infinity): Promise<Pending> {
  const rds = new RDSClient(client)
  const asked = Object.values(instanceNames(instance)).map((DBInstanceIdentifier) =>
    rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier })),
  )
  const found = (await Promise.all(asked)).flatMap(({ DBInstances: some = [] }) => some)
  return {
    restarts: found.filter(waitsForRestart).map(nameOf),
    optimised: found.filter(({ DBInstanceStatus: status }) => status === 'storage-optimization').map(nameOf),
    grown: found
      .filter(({ AllocatedStorage: size = 0 }) => size > begins)
      .map((one) => [nameOf(one), one.AllocatedStorage ?? 0]),
  }
}

const nameOf = ({ DBInstanceIdentifier: name = '' }: DBInstance): string => name
const waitsForRestart = ({ DBParameterGroups: groups = [] }: DBInstance): boolean =>
  groups.some(({ ParameterApplyStatus: status }) => status === 'pending-reboot')

/** What an operator types, who knows when nobody minds. */
export const restarts = (instance: string, region: string): string =>
  `aws rds reboot-db-instance --db-instance-identifier ${instance} --region ${region}`
