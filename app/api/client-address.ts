import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

type Asked = { readonly headers: IncomingHttpHeaders; readonly ip: string }

/**
 * Who asks. nginx says it, and shows that it is nginx by a secret that it shares with the API: every other program on this
 * machine reaches the API's port as well, and could name any address.
 */
export function clientAddress({ headers, ip }: Asked, secret: string | undefined): string {
  const { 'x-proxy-secret': shown, 'x-forwarded-for': said } = headers
  if (secret === undefined || secret === '' || typeof shown !== 'string' || typeof said !== 'string') return ip
  return isSame(shown, secret) ? said : ip
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
