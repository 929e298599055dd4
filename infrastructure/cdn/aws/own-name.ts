import { ADDRCONFIG } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { ask, connections } from '../fetch.ts'
import type { OnAws } from '../endpoint.ts'

/** What leads a site's own name to its distribution. */
export type DnsRecord = { readonly name: string; readonly type: 'CNAME'; readonly value: string }

/** None where the site answers under CloudFront's own name, or where an older version deployed it, which did not say it. */
export function recordOf(address: string, distribution: string | undefined): DnsRecord | undefined {
  const { hostname: name } = new URL(address)
  if (distribution === undefined || distribution === name) return undefined
  return { name, type: 'CNAME', value: distribution }
}

/** The record as it is written; at the top of a zone there is no CNAME. */
export const recordInWords = ({ name, type, value }: DnsRecord): string =>
  `${name}  ${type}  ${value}   (for example.com itself: ALIAS, or A and AAAA as an alias)`

const answersWithinMs = 3000

/**
 * Whether it is CloudFront that visitors of an address get to: it numbers each of its answers, and gives a name to one
 * distribution alone. Whom the certificate is of that is shown there does not matter: nothing is sent, and nothing believed.
 */
export async function leadsToCloudFront(address: string): Promise<boolean> {
  const through = connections(1, { rejectUnauthorized: false })
  try {
    const answer = await ask(`${address}/`, through, { method: 'HEAD' }, answersWithinMs)
    return answer.header('x-amz-cf-id') !== ''
  } catch {
    // Nobody is there, or the name does not lead anywhere yet.
    return false
  } finally {
    through.close()
  }
}

/** A site as it can be looked at, and the record that its name still needs where it is looked at past that. */
export type Reached = { readonly endpoint: OnAws; readonly missing?: DnsRecord }

/**
 * The site by its own name wherever that leads to: until it leads to CloudFront, the distribution is asked at an address
 * of its own, and the site that visitors have so far is left out. Where that address is not found, the name decides.
 */
export async function reached(endpoint: OnAws, record: DnsRecord | undefined): Promise<Reached> {
  const isElsewhere = endpoint.connectTo !== undefined
  if (record === undefined || isElsewhere || (await leadsToCloudFront(endpoint.https))) return { endpoint }
  const connectTo = await addressOf(record.value)
  return { endpoint: connectTo === undefined ? endpoint : { ...endpoint, connectTo }, missing: record }
}

/** One that this machine has a way to. */
const addressOf = (name: string): Promise<string | undefined> =>
  lookup(name, { order: 'ipv4first', hints: ADDRCONFIG }).then(
    ({ address }) => address,
    () => undefined,
  )
