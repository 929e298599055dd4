import { DescribeAvailabilityZonesCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2'
import {
  type OrderableDBInstanceOption,
  paginateDescribeOrderableDBInstanceOptions,
  RDSClient,
} from '@aws-sdk/client-rds'
import { OperatorError } from '../../../src/core/errors.ts'
import { statusOf } from '../../../src/targets/aws/describe-stack.ts'
import type { Frame } from '../../../src/targets/aws/room.ts'
import { engine } from './instances.ts'
import type { NetworkSettings } from './network.ts'
import { outputs } from './outputs.ts'

/** Throws OperatorError where RDS does not offer the class with a standby in zones that the database stands in. */
export async function requireClass(wanted: string, network: NetworkSettings, frame: Frame): Promise<void> {
  const { region } = frame
  const { engineType: Engine } = engine
  const major = engine.engineVersion?.majorVersion
  const offered = await optionsOf(wanted, frame)
  const names = `aws rds describe-orderable-db-instance-options --engine ${Engine} --region ${region} --query 'OrderableDBInstanceOptions[].DBInstanceClass' names those that it has`
  const ofMajor = offered.filter(({ EngineVersion: version }) => version?.split('.')[0] === major)
  const its = `${wanted} for PostgreSQL${offered.length > 0 ? ` ${major}` : ''}`
  if (ofMajor.length === 0) throw refused(`RDS has no ${its} in ${region}`, names)
  const withStandby = ofMajor.filter(({ MultiAZCapable: is }) => is)
  if (withStandby.length === 0) throw refused(`RDS gives ${its} no standby in ${region}`, names)
  const zones = await zonesOf(network, frame)
  const together = withStandby.map((one) => zones.filter((zone) => zonesIn(one).includes(zone)))
  if (together.some((some) => some.length > 1)) return
  const where = [...new Set(withStandby.flatMap(zonesIn))].toSorted().join(', ') || 'none'
  throw refused(
    `RDS has ${its} in ${where}, and the database stands in ${zones.join(', ')}`,
    'another class; or aws.network with subnets in two of those zones',
  )
}

const refused = (what: string, next: string): OperatorError =>
  new OperatorError('database.rds.class', what, ['nothing was deployed', next])

const zonesIn = ({ AvailabilityZones: zones = [] }: OrderableDBInstanceOption): readonly string[] =>
  zones.flatMap(({ Name: name }) => name ?? [])

async function optionsOf(DBInstanceClass: string, { region }: Frame): Promise<readonly OrderableDBInstanceOption[]> {
  const asked = { Engine: engine.engineType, DBInstanceClass }
  const found: OrderableDBInstanceOption[] = []
  const pages = paginateDescribeOrderableDBInstanceOptions({ client: new RDSClient({ region }) }, asked)
  for await (const { OrderableDBInstanceOptions: some = [] } of pages) found.push(...some)
  return found
}

/**
 * The zones of the subnets that are there; before a first deployment, the two that CloudFormation will take (`Fn::GetAZs`: those
 * with a default subnet, and all where none has one).
 */
async function zonesOf({ existing }: NetworkSettings, { stack, region }: Frame): Promise<readonly string[]> {
  const ec2 = new EC2Client({ region })
  const deployed = (await statusOf(stack, region))?.outputs.get(outputs.functionSubnets)
  const SubnetIds = existing ? [...existing.subnets] : deployed?.split(',')
  const of = SubnetIds ? { SubnetIds } : { Filters: [{ Name: 'default-for-az', Values: ['true'] }] }
  const { Subnets: subnets = [] } = await ec2.send(new DescribeSubnetsCommand(of))
  const zones = [...new Set(subnets.flatMap(({ AvailabilityZone: zone }) => zone ?? []))].toSorted()
  if (SubnetIds) return zones
  if (zones.length > 0) return zones.slice(0, 2)
  const Filters = [{ Name: 'zone-type', Values: ['availability-zone'] }]
  const { AvailabilityZones: all = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({ Filters }))
  return all
    .flatMap(({ ZoneName: name }) => name ?? [])
    .toSorted()
    .slice(0, 2)
}
