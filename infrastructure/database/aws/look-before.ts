import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import { type DBInstance, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds'
import { OperatorError } from '../../../src/core/errors.ts'
import { gibibytes, show } from '../../../src/core/units.ts'
import { statusOf } from '../../../src/targets/aws/describe-stack.ts'
import type { Frame } from '../../../src/targets/aws/room.ts'
import type { DatabaseSettings } from '../settings.ts'
import { instanceNames } from './instances.ts'
import { requireClass } from './look-at-class.ts'
import type { NetworkSettings } from './network.ts'
import { beginsWith, outputs } from './outputs.ts'

/**
 * Looks before a deployment at what RDS and CloudFormation would refuse in the middle of it. Throws OperatorError with the
 * field, its value and the next step; answers what these credentials may not look at.
 */
export async function lookBefore(
  frame: Frame,
  network: NetworkSettings,
  { rds }: Pick<DatabaseSettings, 'rds'>,
): Promise<string | undefined> {
  const looks = [
    () => requireNetwork(network, frame),
    () => requireSameNetwork(network, frame),
    () => requireClass(rds.class, network, frame),
    () => requireRoom(rds, frame),
  ]
  const unseen: string[] = []
  for (const look of looks)
    await look().catch((error: unknown) => {
      if (!isDenied(error)) throw error
      unseen.push(error.message)
    })
  return unseen.length === 0 ? undefined : `the database is not looked at before: ${unseen.join('; ')}`
}

const isDenied = (error: unknown): error is Error =>
  error instanceof Error && /^(AccessDenied|AccessDeniedException|UnauthorizedOperation)$/.test(error.name)

const refused = (where: string, what: string, next: readonly string[]): OperatorError =>
  new OperatorError(where, what, ['nothing was deployed', ...next])

async function requireNetwork(
  { existing, admits }: NetworkSettings,
  { stack, region }: Pick<Frame, 'stack' | 'region'>,
): Promise<void> {
  const client = new EC2Client({ region })
  // Peering, by which a group of another network may be named, can only follow a network that is there.
  const isNew = existing === undefined && (await statusOf(stack, region)) === undefined
  for (const guest of admits.filter((one) => one.startsWith('sg-'))) {
    const { SecurityGroups: [found] = [] } = await thereIs(
      client.send(new DescribeSecurityGroupsCommand({ GroupIds: [guest] })),
      () =>
        refused('aws.network.admits', `there is no security group ${guest} in ${region}`, [
          `aws ec2 describe-security-groups --region ${region} names those that are there; is aws.region right?`,
        ]),
    )
    if (!isNew) continue
    const vpc = found?.VpcId
    throw refused('aws.network.admits', `${guest} is of ${vpc}, and the database gets a network of its own`, [
      `aws.network: { vpc: '${vpc}', subnets: [ … ] } has it stand there; or admit the addresses of who comes ('10.1.0.0/16')`,
    ])
  }
  if (!existing) return
  const { vpc, subnets } = existing
  await thereIs(client.send(new DescribeVpcsCommand({ VpcIds: [vpc] })), () =>
    refused('aws.network.vpc', `there is no VPC ${vpc} in ${region}`, [
      `aws ec2 describe-vpcs --region ${region} names those that are there; is aws.region right?`,
    ]),
  )
  const zones = new Set<string>()
  for (const subnet of subnets) zones.add(await zoneOf(client, subnet, vpc, region))
  if (zones.size > 1) return
  throw refused('aws.network.subnets', `lie in one zone (${[...zones].join()}), and RDS wants two at least`, [
    namesSubnets(vpc, region),
  ])
}

const namesSubnets = (vpc: string, region: string): string =>
  `aws ec2 describe-subnets --filters Name=vpc-id,Values=${vpc} --region ${region} names those of the VPC, with their zones`

async function zoneOf(client: EC2Client, subnet: string, vpc: string, region: string): Promise<string> {
  const { Subnets: [found] = [] } = await thereIs(
    client.send(new DescribeSubnetsCommand({ SubnetIds: [subnet] })),
    () => refused('aws.network.subnets', `there is no subnet ${subnet} in ${region}`, [namesSubnets(vpc, region)]),
  )
  if (found?.VpcId === vpc) return found.AvailabilityZone ?? ''
  throw refused('aws.network.subnets', `${subnet} is of ${found?.VpcId}, and not of ${vpc}`, [
    namesSubnets(vpc, region),
  ])
}

/** What AWS answers; where it knows no such thing, the error that says so. */
const thereIs = <Answer>(asked: Promise<Answer>, missing: () => OperatorError): Promise<Answer> =>
  asked.catch((error: unknown) => {
    throw error instanceof Error && /\.(NotFound|Malformed)$/.test(error.name) ? missing() : error
  })

/** What the primary is now; undefined where there is none. */
async function primaryOf({ instance, region }: Frame): Promise<DBInstance | undefined> {
  const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier: instanceNames(instance).primary })
  return new RDSClient({ region }).send(asked).then(
    ({ DBInstances: [found] = [] }) => found,
    (error: unknown) => {
      if (error instanceof Error && error.name.startsWith('DBInstanceNotFound')) return undefined
      throw error
    },
  )
}

/** RDS moves no database from one network to another. */
async function requireSameNetwork({ existing }: NetworkSettings, frame: Frame): Promise<void> {
  const now = (await primaryOf(frame))?.DBSubnetGroup?.VpcId
  if (now === undefined || existing === undefined || existing.vpc === now) return
  throw refused('aws.network.vpc', `cannot be ${existing.vpc}: the database stands in ${now}, and RDS moves none`, [
    `'${now}' as it was, or nothing where nothing was said before; a database in another network is an instance of another name`,
  ])
}

/** Storage that has grown is none that RDS takes back: a size between is refused in the middle of a deployment. */
async function requireRoom({ storage }: DatabaseSettings['rds'], frame: Frame): Promise<void> {
  const { instance, stack, region } = frame
  const deployed = await statusOf(stack, region)
  if (!deployed) return
  const begins = beginsWith(deployed.outputs.get(outputs.storage))
  const has = (await primaryOf(frame))?.AllocatedStorage ?? 0
  if (gibibytes(storage) === begins || gibibytes(storage) >= has) return
  throw refused(
    'database.rds.storage',
    `cannot be ${show(storage)}: ${instanceNames(instance).primary} has ${has} GB, and RDS takes none back`,
    [`'${has} GB' or more; or '${begins} GB', as it was deployed, which changes nothing`],
  )
}
