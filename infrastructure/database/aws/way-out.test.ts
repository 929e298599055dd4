import { describe, expect, it } from 'vitest'
import { wayOut } from './way-out.ts'

const peering = { VpcPeeringConnectionId: 'pcx-1' }
const transit = { TransitGatewayId: 'tgw-1' }
const office = { GatewayId: 'vgw-1' }
const to = (DestinationCidrBlock: string) => ({ DestinationCidrBlock, State: 'active' as const })

it.each([
  ['to the network itself', { ...to('10.61.0.0/16'), GatewayId: 'local' }, []],
  ['to an admitted network by peering', { ...to('10.1.0.0/16'), ...peering }, ['10.1.0.0/16']],
  ['to a part of it', { ...to('10.1.2.0/24'), ...transit }, ['10.9.0.0/16', '10.1.0.0/16']],
  ['to the office', { ...to('10.1.0.0/16'), ...office }, ['10.1.0.0/16']],
  ['to the network of an admitted group', { ...to('172.31.0.0/16'), ...peering }, ['sg-1']],
])('a route %s is no way out', (_, route, admits) => {
  expect(wayOut(route, admits)).toEqual([])
})

it.each([
  ['to more than is admitted', { ...to('10.0.0.0/8'), ...peering }, ['10.1.0.0/16'], '10.0.0.0/8 by pcx-1'],
  ['to another network', { ...to('10.2.0.0/16'), ...peering }, ['10.1.0.0/16'], '10.2.0.0/16 by pcx-1'],
  ['where nothing is admitted', { ...to('10.1.0.0/16'), ...peering }, [], '10.1.0.0/16 by pcx-1'],
  ['of a group by something else', { ...to('10.1.0.0/16'), ...transit }, ['sg-1'], '10.1.0.0/16 by tgw-1'],
  ['to everywhere', { ...to('0.0.0.0/0'), ...peering }, ['0.0.0.0/0', 'sg-1'], '0.0.0.0/0 by pcx-1'],
  ['by the internet', { ...to('10.1.0.0/16'), GatewayId: 'igw-1' }, ['10.1.0.0/16'], '10.1.0.0/16 by igw-1'],
  ['by a NAT', { ...to('10.1.0.0/16'), NatGatewayId: 'nat-1' }, ['10.1.0.0/16'], '10.1.0.0/16 by nat-1'],
  ['to a list of prefixes', { DestinationPrefixListId: 'pl-1', ...peering }, ['sg-1'], 'pl-1 by pcx-1'],
])('a route %s is one', (_, route, admits, words) => {
  expect(wayOut(route, admits)).toEqual([words])
})

it('a way out to the internet by IPv6 alone is one', () => {
  const route = { DestinationIpv6CidrBlock: '2001:db8::/32', EgressOnlyInternetGatewayId: 'eigw-1' }
  expect(wayOut(route, ['10.1.0.0/16', 'sg-1'])).toEqual(['2001:db8::/32 by eigw-1'])
})

describe('a route by IPv6 through what leads to networks of others', () => {
  const says =
    'aws.network.admits names networks of IPv4 alone, as nobody reaches the database by IPv6: such a route is of no use, and can go'

  it.each([
    ['to an office', { DestinationIpv6CidrBlock: '2001:db8::/32', ...office }, '2001:db8::/32 by vgw-1'],
    ['to a network by a transit gateway', { DestinationIpv6CidrBlock: 'fd00::/8', ...transit }, 'fd00::/8 by tgw-1'],
    ['to everywhere', { DestinationIpv6CidrBlock: '::/0', ...peering }, '::/0 by pcx-1'],
  ])('%s is a way out, and it is said that none can be admitted', (_, route, words) => {
    expect(wayOut(route, ['10.1.0.0/16', '0.0.0.0/0'])).toEqual([`${words} (${says})`])
  })

  it('is said of no other route', () => {
    expect(wayOut({ ...to('10.2.0.0/16'), ...office }, ['10.1.0.0/16'])).toEqual(['10.2.0.0/16 by vgw-1'])
  })
})
