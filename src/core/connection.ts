import { readFile } from 'node:fs/promises'
import { isIP, type LookupFunction } from 'node:net'
import { getCACertificates } from 'node:tls'

/** The option of a connection for that address. */
export const lookupOf = (connectTo: string | undefined): { lookup?: LookupFunction } =>
  connectTo === undefined ? {} : { lookup: always(connectTo) }

/** Asks no name server: a site on this machine is proven here, wherever its name leads (to a router, to an old server). */
const always =
  (address: string): LookupFunction =>
  (_name, { all }, callback) => {
    const family = isIP(address)
    if (all === true) callback(null, [{ address, family }])
    else callback(null, address, family)
  }

/** The host alone: an IPv6 address stands in brackets in a URL, and nowhere else. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** The name that a handshake asks for: an address is none (RFC 6066), and Node warns of it. */
export const serverName = (host: string): string => (isIP(host) === 0 ? host : '')

/** Whom to trust: the authority in a file, else those that Node and the machine know; Node alone knows its own only. */
export async function authorities(file: string | undefined): Promise<string[]> {
  if (file !== undefined) return [await readFile(file, 'utf8')]
  return [...getCACertificates('bundled'), ...getCACertificates('system')]
}
