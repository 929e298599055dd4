import {
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DescribeRouteTablesCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientOf } from '../../../test/emulator-client.ts'
import { Between, letThrough } from '../../../test/ministack/between.ts'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { readBackOf } from '../../../src/targets/aws/proof.ts'
import { networkProofs } from './proofs-network.ts'

const region = 'eu-central-1'
const proofs = networkProofs({ admits: [] }, region)

let between: Between
let ec2: EC2Client
let deployed: DeployedStack
/** By the names of the template. */
let ids: Readonly<Record<string, string>> = {}
beforeAll(async () => {
  between = await Between.withEmulator()
  const client = clientOf(between.environment['AWS_ENDPOINT_URL'] ?? '', region)
  ec2 = new EC2Client(client)
  const { Vpc: vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.61.0.0/16' }))
  const VpcId = vpc?.VpcId ?? ''
  ids = { Vpc: VpcId, VpcdatabaseSubnet1Subnet: await subnet(VpcId, 0, 'b') }
  ids = { ...ids, VpcdatabaseSubnet2Subnet: await subnet(VpcId, 1, 'c') }
  // The other way round than in the template: EC2 promises no order.
  ids = { ...ids, Secrets: await door(region, 'VpcdatabaseSubnet2Subnet', 'VpcdatabaseSubnet1Subnet') }
  const group = { GroupName: 'rotation', Description: 'nobody comes in', VpcId }
  ids = { ...ids, RotationGroup: (await ec2.send(new CreateSecurityGroupCommand(group))).GroupId ?? '' }
  deployed = stackOf(client)
})
afterAll(() => between.stop())

const stackOf = (client: DeployedStack['client']): DeployedStack => ({
  client,
  id: (name) => ids[name] ?? name,
  named: (text) => Object.entries(ids).find(([, id]) => id === text)?.[0] ?? text,
})

async function subnet(VpcId: string, part: number, zone: string): Promise<string> {
  const asked = { VpcId, CidrBlock: `10.61.${part}.0/24`, AvailabilityZone: `${region}${zone}` }
  return (await ec2.send(new CreateSubnetCommand(asked))).Subnet?.SubnetId ?? ''
}
async function door(where: string, ...subnets: readonly string[]): Promise<string> {
  const asked = new CreateVpcEndpointCommand({
    VpcId: ids['Vpc'],
    ServiceName: `com.amazonaws.${where}.secretsmanager`,
    VpcEndpointType: 'Interface',
    SubnetIds: subnets.map((name) => ids[name] ?? ''),
  })
  return (await ec2.send(asked)).VpcEndpoint?.VpcEndpointId ?? ''
}

/** What is read back, and what it has to be. */
async function seen(fact: string, wherever = deployed) {
  const proof = proofs.find((one) => one.fact === fact)
  const readBack = proof && readBackOf(proof)
  if (!readBack) throw new Error(`nothing reads back ${fact}`)
  return { has: await readBack(wherever), is: proof.is }
}

describe('a network of the stack in another region than us-east-1', () => {
  it('has its subnets in two zones of that region, whichever they are', async () => {
    const { has, is } = await seen('zones of the subnets')
    expect(has).toEqual(is)
  })

  it('is found out where both subnets lie in one zone', async () => {
    const before = ids
    ids = { ...ids, VpcdatabaseSubnet2Subnet: await subnet(ids['Vpc'] ?? '', 2, 'b') }
    const { has } = await seen('zones of the subnets')
    ids = before
    expect(has).toEqual([
      ['one zone', '10.61.0.0/24', false, 'Vpc'],
      [`${region}b`, '10.61.2.0/24', false, 'Vpc'],
    ])
  })

  it('has the door to the service of that region, in both subnets, in whichever order EC2 names them', async () => {
    const { has, is } = await seen('ways to other services')
    expect(has).toEqual(is)
    const before = ids
    ids = { ...ids, Secrets: await door('us-east-1', 'VpcdatabaseSubnet1Subnet', 'VpcdatabaseSubnet2Subnet') }
    const other = await seen('ways to other services')
    ids = before
    expect(other.has).not.toEqual(is)
  })
})

describe('who may connect', () => {
  const open = (range: object) => ({ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, ...range })
  const fact = 'may connect to the rotation'

  it('is read of addresses of IPv6 as well', async () => {
    expect((await seen(fact)).has).toEqual((await seen(fact)).is)
    const rule = { GroupId: ids['RotationGroup'], IpPermissions: [open({ Ipv6Ranges: [{ CidrIpv6: '::/0' }] })] }
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(rule))
    const { has } = await seen(fact)
    await ec2.send(new RevokeSecurityGroupIngressCommand(rule))
    expect(has).toEqual(['Vpc', 'tcp 5432 to 5432, ::/0'])
  })

  it('is read of lists of prefixes, of which the emulator keeps none', async () => {
    const listed = open({ Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32' }] })
    const rule = { GroupId: ids['RotationGroup'], IpPermissions: [listed] }
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(rule))
    between.rule = async ({ body }, answered) => {
      const answer = await answered()
      if (!body.includes('Action=DescribeSecurityGroups')) return answer
      const prefixes = '<prefixListIds><item><prefixListId>pl-0a1b2c3d</prefixListId></item></prefixListIds>'
      return {
        ...answer,
        body: answer.body.replace(/<ipv6Ranges><item>.*?<prefixListIds>.*?<\/prefixListIds>/s, prefixes),
      }
    }
    const { has } = await seen(fact)
    between.rule = letThrough
    await ec2.send(new RevokeSecurityGroupIngressCommand(rule))
    expect(has).toEqual(['Vpc', 'tcp 5432 to 5432, pl-0a1b2c3d'])
  })
})

describe('a way out of the network', () => {
  it('is there where a hand made one, and nowhere before', async () => {
    const fact = 'ways out of the network'
    expect(await seen(fact)).toEqual({ has: [], is: [] })
    const inVpc = { Filters: [{ Name: 'vpc-id', Values: [ids['Vpc'] ?? ''] }] }
    const { RouteTables: [table] = [] } = await ec2.send(new DescribeRouteTablesCommand(inVpc))
    const { InternetGateway: gateway } = await ec2.send(new CreateInternetGatewayCommand({}))
    const RouteTableId = table?.RouteTableId
    const GatewayId = gateway?.InternetGatewayId
    await ec2.send(new CreateRouteCommand({ RouteTableId, GatewayId, DestinationCidrBlock: '0.0.0.0/0' }))
    const NatGatewayId = 'nat-0a1b2c3d'
    await ec2.send(new CreateRouteCommand({ RouteTableId, NatGatewayId, DestinationCidrBlock: '10.9.0.0/16' }))
    expect((await seen(fact)).has).toEqual([`0.0.0.0/0 by ${GatewayId}`, `10.9.0.0/16 by ${NatGatewayId}`])
  })
})
