import { isIP } from 'node:net'
import type { RefusedOnAws } from '../../src/core/room.ts'
import { duration, seconds } from '../../src/core/units.ts'
import type { SiteSettings } from './settings.ts'

type Api = NonNullable<SiteSettings['api']>

/** What CloudFront does not ask. */
export const refusedOnAws: RefusedOnAws<Pick<SiteSettings, 'api'>> = ({ api }) => {
  if (!api) return []
  // What is no address at all has its own message.
  const url = 'url' in api ? URL.parse(api.url) : null
  const problem = url ? apiProblem(url) : undefined
  return [...(problem === undefined ? [] : [['site.api.url', problem] as const]), ...tooPatient(api)]
}

/** As long as CloudFront waits for an origin without a quota of the account's own ("Response timeout", Developer Guide). */
const mostPatience = duration('120 seconds')
const tooPatient = ({ timeout }: Api): ReturnType<typeof refusedOnAws> =>
  timeout.milliseconds <= mostPatience.milliseconds
    ? []
    : [['site.api.timeout', `must be at most ${seconds(mostPatience)} seconds on AWS: CloudFront waits no longer`]]

/** What CloudFront takes for an origin (Developer Guide, "Custom origin settings"). */
function apiProblem({ protocol, hostname, port }: URL): string | undefined {
  if (protocol !== 'https:') return 'must begin with https:// on AWS: CloudFront asks the API over HTTPS'
  const host = hostname.replace(/^\[|\]$|\.$/g, '')
  if (isIP(host) !== 0) return 'must have a name for a host on AWS: CloudFront takes no IP address'
  if (!host.includes('.') || host.endsWith('.localhost'))
    return 'must have a host on AWS that name servers know everywhere'
  const asked = port === '' ? 443 : Number(port)
  if (asked === 80 || asked === 443 || asked >= 1024) return undefined
  return 'must have the port 443, 80, or one from 1024 on: CloudFront asks no other'
}
