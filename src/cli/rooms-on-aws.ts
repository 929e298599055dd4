import { cdnAlarms } from '../../infrastructure/cdn/alarms.ts'
import { cdnOnAws, type CdnNeedsOnAws } from '../../infrastructure/cdn/aws/room.ts'
import { alarmsAt } from '../../infrastructure/monitoring/alarms.ts'
import type { Configuration } from '../config/schema.ts'
import { exit, OperatorError } from '../core/errors.ts'
import { type Placed, placeRoom, type Proven } from '../targets/aws/place.ts'
import { visitorsOf } from './visitors.ts'

/**
 * The rooms put together for AWS, in the order in which they are deployed: the one list of what has a stack there. A
 * stack that needs another one names it in `from`, and is handed what that one provides.
 */
export function stacksOf(configuration: Configuration, account: string): readonly (Placed | Proven)[] {
  const { name: instance, aws, cdn, site, serve, monitoring } = configuration
  const { certificate, region } = aws
  const where = { instance, account, region }
  return [
    placeRoom(where, cdnOnAws, cdn, {}, () => ({
      own: certificate === undefined ? undefined : { domain: serve.domain, certificate },
      api: apiOf(site),
      alarms: alarmsAt(monitoring, cdnAlarms),
      visitors: visitorsOf(configuration),
    })),
  ]
}

function apiOf({ api }: Configuration['site']): CdnNeedsOnAws['api'] {
  if (!api) return undefined
  if ('url' in api) return { url: new URL(api.url), timeout: api.timeout }
  throw new OperatorError(
    'site.api',
    'on AWS the API runs elsewhere for now: CloudFront asks it over HTTPS',
    "site: { api: { url: 'https://api.example.com' } }, or leave site.api out",
    exit.usage,
  )
}
