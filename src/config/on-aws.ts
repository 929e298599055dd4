import { isIP } from 'node:net'
import type { SiteSettings } from '../../infrastructure/app/settings.ts'
import type { CdnSettings } from '../../infrastructure/cdn/settings.ts'
import { duration, seconds } from '../core/units.ts'
import { serveSettings } from './serve.ts'

type Given = {
  readonly site: Pick<SiteSettings, 'api'>
  readonly cdn: Pick<CdnSettings, 'cache'>
  readonly serve: { readonly domain: string }
  readonly aws: { readonly certificate?: string | undefined }
}

/** A field's path, and what is wrong with it. */
type Wrong = readonly [path: string, message: string]

/** What is right on a machine of one's own, and would be refused by AWS in the middle of a deployment. */
export function wrongOnAws({ site, cdn, serve, aws }: Given): readonly Wrong[] {
  // What is no address at all has its own message.
  const url = site.api && 'url' in site.api ? URL.parse(site.api.url) : null
  const api = url ? apiProblem(url) : undefined
  return [
    ...(api === undefined ? [] : [['site.api.url', api] as const]),
    ...(site.api ? tooPatient(site.api) : []),
    ...domainProblem(serve.domain, aws.certificate),
    ...agesOfNothing(cdn),
  ]
}

/** A name without a certificate would be passed over: the site would answer under another one. */
function domainProblem(domain: string, certificate: string | undefined): readonly Wrong[] {
  if (certificate !== undefined)
    return domain.includes('.') ? [] : [['serve.domain', 'must be the name that aws.certificate is made out to']]
  // Where nobody says it, it is the name of this machine, which has no meaning there.
  if (domain === serveSettings.parse({}).domain) return []
  return [['serve.domain', "must have its certificate in aws.certificate, or be left out for CloudFront's own name"]]
}

/** As long as CloudFront waits for an origin without a quota of the account's own ("Response timeout", Developer Guide). */
const mostPatience = duration('120 seconds')
const tooPatient = ({ timeout }: NonNullable<Given['site']['api']>): readonly Wrong[] =>
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

/** With nothing kept, CloudFront refuses a policy that tells encodings apart; without one nothing would be compressed. */
const agesOfNothing = ({ cache }: Given['cdn']): readonly Wrong[] =>
  (['images', 'fonts'] as const)
    .filter((name) => seconds(cache[name]) === 0)
    .map((name) => [
      `cdn.cache.${name}`,
      "must be at least '1 second' on AWS: CloudFront compresses only what it keeps",
    ])
