import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

type Asked = { readonly headers: IncomingHttpHeaders; readonly ip: string }

/** Of everybody whose address is not known, together: no rights come with it, as they do with this machine's own. */
const unknownAddress = '0.0.0.0'

/**
 * Who asks. nginx says it, and shows that it is nginx by a secret that it shares with the API: every other program on this
 * machine reaches the API's port as well, and could name any address. What nginx was handed by another proxy may be none, or have a zone: no database takes it.
 */
export function clientAddress({ headers, ip }: Asked, secret: string | undefined): string {
  const { 'x-proxy-secret': shown, 'x-forwarded-for': said } = headers
  if (secret === undefined || secret === '' || typeof shown !== 'string' || typeof said !== 'string') return known(ip)
  return known(isSame(shown, secret) ? said : ip)
}

const known = (ip: string): string => (isIP(ip) > 0 && !ip.includes('%') ? ip : unknownAddress)

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
