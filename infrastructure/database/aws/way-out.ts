import { BlockList } from 'node:net'
import type { Route } from '@aws-sdk/client-ec2'
import type { NetworkSettings } from './network.ts'

/**
 * Where a route leads that ends neither within the network nor in one that is admitted; whatever AWS calls what it goes
 * through. A network that stands by itself is of use to nobody: its owner leads those there that the configuration admits.
 */
export function wayOut(route: Route, admits: NetworkSettings['admits']): readonly string[] {
  if (route.GatewayId === 'local') return []
  const {
    DestinationCidrBlock: four,
    DestinationIpv6CidrBlock: six,
    DestinationPrefixListId: prefixes,
    ...rest
  } = route
  const through = Object.entries(rest).flatMap(([name, value]) => (/(Id|Arn)$/.test(name) && value ? [value] : []))
  if (leadsToAdmitted(four ?? six, through, admits)) return []
  return [`${four ?? six ?? prefixes} by ${through.join(', ')}`]
}

const isEverywhere = (to: string): boolean => to.endsWith('/0')

/** Which addresses the network of a group has, nothing here says: it is of the same region, and by peering alone it is named. */
function leadsToAdmitted(
  to: string | undefined,
  through: readonly string[],
  admits: NetworkSettings['admits'],
): boolean {
  if (to === undefined || isEverywhere(to) || through.length === 0) return false
  const goesBy = (doors: RegExp): boolean => through.every((one) => doors.test(one))
  if (goesBy(/^pcx-/) && admits.some((one) => one.startsWith('sg-'))) return true
  return goesBy(/^(pcx|tgw|vgw)-/) && admits.some((one) => !one.startsWith('sg-') && isWithin(to, one))
}

/** Whether all addresses of a network are of another; those of the configuration are of IPv4. */
function isWithin(inner: string, outer: string): boolean {
  const [[first = '', bits], [network = '', outerBits]] = [inner.split('/'), outer.split('/')]
  if (first.includes(':') || Number(bits) < Number(outerBits)) return false
  const all = new BlockList()
  all.addSubnet(network, Number(outerBits))
  return all.check(first)
}
