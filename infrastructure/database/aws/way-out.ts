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
  const says = `${four ?? six ?? prefixes} by ${through.join(', ')}`
  // Whoever led an office there by IPv6, too, would look in the configuration for what it lacks.
  return [six !== undefined && leadsToNetworks(through) ? `${says} (${noIpv6})` : says]
}

/** Said of a route that cannot be admitted: neither the instances nor the proxy have an address of that kind. */
const noIpv6 =
  'aws.network.admits names networks of IPv4 alone, as nobody reaches the database by IPv6: such a route is of no use, and can go'

const goesBy = (doors: RegExp, through: readonly string[]): boolean => through.every((one) => doors.test(one))
/** Through what leads to networks of others, and not to the internet. */
const leadsToNetworks = (through: readonly string[]): boolean => goesBy(/^(pcx|tgw|vgw)-/, through)

const isEverywhere = (to: string): boolean => to.endsWith('/0')

/** Which addresses the network of a group has, nothing here says: it is of the same region, and by peering alone it is named. */
function leadsToAdmitted(
  to: string | undefined,
  through: readonly string[],
  admits: NetworkSettings['admits'],
): boolean {
  if (to === undefined || isEverywhere(to) || through.length === 0) return false
  if (goesBy(/^pcx-/, through) && admits.some((one) => one.startsWith('sg-'))) return true
  return leadsToNetworks(through) && admits.some((one) => !one.startsWith('sg-') && isWithin(to, one))
}

/** Whether all addresses of a network are of another; those of the configuration are of IPv4. */
function isWithin(inner: string, outer: string): boolean {
  const [[first = '', bits], [network = '', outerBits]] = [inner.split('/'), outer.split('/')]
  if (first.includes(':') || Number(bits) < Number(outerBits)) return false
  const all = new BlockList()
  all.addSubnet(network, Number(outerBits))
  return all.check(first)
}
