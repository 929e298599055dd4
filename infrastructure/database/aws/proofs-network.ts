import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
  paginateDescribeRouteTables,
} from '@aws-sdk/client-ec2'
import { DescribeDBSubnetGroupsCommand, RDSClient } from '@aws-sdk/client-rds'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { onEmulator, onTemplate, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import type { NetworkSettings } from './network.ts'
import { wayOut } from './way-out.ts'

const groupType = 'AWS::EC2::SecurityGroup'

/** A rule as a sentence: the template has one peer for each, the API several. */
const rule = (protocol: unknown, first: unknown, last: unknown, peer: unknown): string =>
  `${String(protocol)} ${String(first)} to ${String(last)}, ${String(peer)}`

const inTemplate = (rules: unknown): readonly string[] =>
  list(rules).map((one) => {
    const addresses = ['CidrIp', 'CidrIpv6', 'SourcePrefixListId', 'DestinationPrefixListId'].map((name) =>
      at(one, name),
    )
    const peer = addresses.find((address) => address !== undefined) ?? referred(at(one, 'SourceSecurityGroupId'))
    return rule(at(one, 'IpProtocol'), at(one, 'FromPort'), at(one, 'ToPort'), peer)
  })

const inApi = (rules: unknown, named: DeployedStack['named']): readonly string[] =>
  list(rules).flatMap((one) => {
    const peers = [
      ...list(at(one, 'UserIdGroupPairs')).map((pair) => named(at(pair, 'GroupId'))),
      ...list(at(one, 'IpRanges')).map((range) => at(range, 'CidrIp')),
      ...list(at(one, 'Ipv6Ranges')).map((range) => at(range, 'CidrIpv6')),
      ...list(at(one, 'PrefixListIds')).map((prefixes) => at(prefixes, 'PrefixListId')),
    ]
    return peers.map((peer) => rule(at(one, 'IpProtocol'), at(one, 'FromPort'), at(one, 'ToPort'), peer))
  })

function group(
  resource: string,
  vpc: string,
  about: Pick<RoomProof, 'says' | 'fact' | 'is'>,
  [template, api]: readonly [string, string],
): RoomProof {
  return onEmulator({
    ...about,
    is: [vpc, ...list(about.is)],
    type: groupType,
    proves: ['network'],
    template: (found) => {
      const properties = at(resourceOf(found, resource), 'Properties')
      return [referred(at(properties, 'VpcId')), ...inTemplate(at(properties, template)).toSorted()]
    },
    readBack: async (deployed) => {
      const asked = new DescribeSecurityGroupsCommand({ GroupIds: [deployed.id(resource)] })
      const { SecurityGroups: [found] = [] } = await new EC2Client(deployed.client).send(asked)
      return [deployed.named(found?.VpcId), ...inApi(at(found, api), deployed.named).toSorted()]
    },
  })
}

const comesIn = ['SecurityGroupIngress', 'IpPermissions'] as const
const goesOut = ['SecurityGroupEgress', 'IpPermissionsEgress'] as const
const nothing = ['icmp 252 to 86, 255.255.255.255/32']

const ownSubnets = ['VpcdatabaseSubnet1Subnet', 'VpcdatabaseSubnet2Subnet'] as const

/** Where the stack stands: the subnets that it makes by their names, those that were there already by their ids. */
export const subnetsOf = ({ existing }: NetworkSettings): readonly string[] => existing?.subnets ?? ownSubnets

/** Of a network that was there already the stack makes the groups alone: all else of it is its owner's. */
export const networkProofs = (settings: NetworkSettings, region: string): readonly RoomProof[] => [
  ...groupProofs(settings),
  ...(settings.existing ? [] : ownNetworkProofs(region, settings.admits)),
]

function groupProofs(settings: NetworkSettings): readonly RoomProof[] {
  const { admits, existing } = settings
  const vpc = existing?.vpc ?? 'Vpc'
  const guests = admits.map((one) => `tcp 5432 to 5432, ${one}`)
  return [
    group(
      'DatabaseGroup',
      vpc,
      {
        says: 'the pool, what changes the password and what the configuration names may connect to the database, and nobody else',
        fact: 'may connect to the database',
        is: ['tcp 5432 to 5432, PoolGroup', 'tcp 5432 to 5432, RotationGroup', ...guests].toSorted(),
      },
      comesIn,
    ),
    group(
      'DatabaseGroup',
      vpc,
      { says: 'the database connects to nobody', fact: 'the database may reach', is: nothing },
      goesOut,
    ),
    group(
      'PoolGroup',
      vpc,
      {
        says: 'what the configuration names may connect to the pool, and nobody else',
        fact: 'may connect to the pool',
        is: guests.toSorted(),
      },
      comesIn,
    ),
    group(
      'PoolGroup',
      vpc,
      {
        says: 'the pool connects to databases, and to nothing else',
        fact: 'the pool may reach',
        is: ['tcp 5432 to 5432, 0.0.0.0/0'],
      },
      goesOut,
    ),
    group(
      'RotationGroup',
      vpc,
      { says: 'nobody connects to what changes the password', fact: 'may connect to the rotation', is: [] },
      comesIn,
    ),
    group(
      'RotationGroup',
      vpc,
      {
        says: 'what changes the password connects to the database and to Secrets Manager',
        fact: 'the rotation may reach',
        is: ['tcp 443 to 443, 0.0.0.0/0', 'tcp 5432 to 5432, 0.0.0.0/0'],
      },
      goesOut,
    ),
    onEmulator({
      type: 'AWS::RDS::DBSubnetGroup',
      says: 'the database stands in the subnets of both zones',
      fact: 'subnets of the database',
      proves: ['network', 'survivesMachineLoss'],
      is: [...subnetsOf(settings)].toSorted(),
      template: (template) => list(referred(at(resourceOf(template, 'Subnets'), 'Properties', 'SubnetIds'))).toSorted(),
      readBack: async ({ client, id, named }) => {
        const asked = new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: id('Subnets') })
        const { DBSubnetGroups: [found] = [] } = await new RDSClient(client).send(asked)
        return found?.Subnets?.map(({ SubnetIdentifier: one }) => named(one)).toSorted()
      },
    }),
  ]
}

const ownNetworkProofs = (region: string, admits: NetworkSettings['admits']): readonly RoomProof[] => [
  group(
    'SecretsGroup',
    'Vpc',
    {
      says: 'what changes the password alone reaches the door to Secrets Manager',
      fact: 'may reach Secrets Manager within the network',
      is: ['tcp 443 to 443, RotationGroup'],
    },
    comesIn,
  ),
  group(
    'SecretsGroup',
    'Vpc',
    { says: 'that door connects to nobody', fact: 'that door may reach', is: nothing },
    goesOut,
  ),
  onEmulator({
    type: 'AWS::EC2::Subnet',
    says: 'the subnets lie in two zones, and give nobody a public address',
    fact: 'zones of the subnets',
    proves: ['network', 'survivesMachineLoss'],
    is: [
      ['one zone', '10.61.0.0/24', false, 'Vpc'],
      ['another zone', '10.61.1.0/24', false, 'Vpc'],
    ],
    template: (template) => {
      const found = ownSubnets.map((one) => at(resourceOf(template, one), 'Properties'))
      // The first two that CloudFormation knows of.
      const meant = new Map<unknown, string>(twoZones.map((words, index) => [`us-east-1${'ab'.charAt(index)}`, words]))
      return found.map((one) => {
        const zone = referred(at(one, 'AvailabilityZone'))
        return [meant.get(zone) ?? zone, ...places.map((name) => at(one, name)), referred(at(one, 'VpcId'))]
      })
    },
    readBack: async ({ client, id, named }) => {
      const asked = new DescribeSubnetsCommand({ SubnetIds: ownSubnets.map(id) })
      const { Subnets: all = [] } = await new EC2Client(client).send(asked)
      const found = ownSubnets.map((name) => all.find(({ SubnetId: one }) => one === id(name)))
      const zones = inWords(
        found.map((one) => one?.AvailabilityZone),
        region,
      )
      return found.map((one, index) => [zones[index], ...places.map((name) => at(one, name)), named(one?.VpcId)])
    },
  }),
  onEmulator({
    type: 'AWS::EC2::VPC',
    says: 'the network is one of its own, in which names of AWS’s services lead to the doors within it',
    fact: 'network',
    proves: ['network'],
    is: ['10.61.0.0/16', 'default', true, true],
    template: (template) =>
      ['CidrBlock', 'InstanceTenancy', 'EnableDnsSupport', 'EnableDnsHostnames'].map((name) =>
        at(resourceOf(template, 'Vpc'), 'Properties', name),
      ),
    readBack: async ({ client, id }) => {
      const ec2 = new EC2Client(client)
      const VpcId = id('Vpc')
      const { Vpcs: [found] = [] } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }))
      const names = ['enableDnsSupport', 'enableDnsHostnames'] as const
      const [support, hosts] = await Promise.all(
        names.map((Attribute) => ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute }))),
      )
      return [
        found?.CidrBlock,
        found?.InstanceTenancy,
        support?.EnableDnsSupport?.Value,
        hosts?.EnableDnsHostnames?.Value,
      ]
    },
  }),
  onEmulator({
    type: 'AWS::EC2::VPCEndpoint',
    says: 'what changes the password reaches Secrets Manager within the network, from both zones',
    fact: 'ways to other services',
    proves: ['network'],
    is: [`com.amazonaws.${region}.secretsmanager`, 'Interface', 'Vpc', [...ownSubnets]],
    template: (template) => {
      const found = at(resourceOf(template, 'Secrets'), 'Properties')
      return [...doors.map((name) => referred(at(found, name))), list(referred(at(found, 'SubnetIds'))).toSorted()]
    },
    readBack: async (deployed) => {
      const found = await doorOf(deployed)
      return [...doors.map((name) => deployed.named(at(found, name))), found?.SubnetIds?.map(deployed.named).toSorted()]
    },
  }),
  onTemplate(
    {
      type: 'AWS::EC2::VPCEndpoint',
      says: 'that door has the name of the service, and is behind its own security group',
      fact: 'name and group of that door',
      proves: ['network'],
      is: [true, ['SecretsGroup']],
      template: (template) => {
        const found = at(resourceOf(template, 'Secrets'), 'Properties')
        return [at(found, 'PrivateDnsEnabled'), referred(at(found, 'SecurityGroupIds'))]
      },
      readBack: async (deployed) => {
        const found = await doorOf(deployed)
        return [found?.PrivateDnsEnabled, found?.Groups?.map(({ GroupId: one }) => deployed.named(one))]
      },
    },
    'the emulator’s CloudFormation drops both',
    [undefined, undefined],
  ),
  onEmulator({
    type: 'AWS::EC2::RouteTable',
    says: 'no subnet has a way to the internet, or from it, nor to a network that the configuration does not admit',
    fact: 'ways out of the network',
    proves: ['network'],
    is: [],
    template: (template) =>
      Object.values(template['Resources'] ?? {}).flatMap((one) => {
        const type = String(at(one, 'Type'))
        return /::(InternetGateway|NatGateway|Route|VPCGatewayAttachment|TransitGateway\w*|VPNGateway)$/.test(type)
          ? [type]
          : []
      }),
    readBack: async ({ client, id }) => {
      const asked = { Filters: [{ Name: 'vpc-id', Values: [id('Vpc')] }] }
      const found: string[] = []
      const pages = paginateDescribeRouteTables({ client: new EC2Client(client) }, asked)
      for await (const { RouteTables: tables = [] } of pages)
        for (const { Routes: routes = [] } of tables) found.push(...routes.flatMap((route) => wayOut(route, admits)))
      return found.toSorted()
    },
  }),
]

const places = ['CidrBlock', 'MapPublicIpOnLaunch'] as const
const twoZones = ['one zone', 'another zone'] as const

/** Which zones an account has, differs: they are two of this region. What is none, and what is the same again, is its name. */
const inWords = (zones: readonly (string | undefined)[], region: string): readonly (string | undefined)[] =>
  zones.map((zone, index) => (zone?.startsWith(region) && zones.indexOf(zone) === index ? twoZones[index] : zone))

const doors = ['ServiceName', 'VpcEndpointType', 'VpcId'] as const

async function doorOf({ client, id }: DeployedStack) {
  const asked = new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id('Secrets')] })
  return (await new EC2Client(client).send(asked)).VpcEndpoints?.[0]
}
