import {
  CloudFrontClient,
  GetCachePolicyConfigCommand,
  GetResponseHeadersPolicyConfigCommand,
} from '@aws-sdk/client-cloudfront'
import { seconds } from '../../../src/core/units.ts'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { onEmulator, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { at, items, resourceOf } from '../../../src/targets/aws/template.ts'
import { type CdnSettings, contentSecurityPolicyOf } from '../settings.ts'
import type { About } from './proof.ts'

const security = [
  ['StrictTransportSecurity', 'AccessControlMaxAgeSec'],
  ['StrictTransportSecurity', 'Override'],
  ['ContentTypeOptions', 'Override'],
  ['ReferrerPolicy', 'ReferrerPolicy'],
  ['ReferrerPolicy', 'Override'],
  ['FrameOptions', 'FrameOption'],
  ['FrameOptions', 'Override'],
] as const
const policy = ['ContentSecurityPolicy', 'Override'].map((name) => ['ContentSecurityPolicy', name] as const)
const securityHeaders =
  (paths: typeof security | typeof policy) =>
  (config: unknown): readonly unknown[] =>
    paths.map((path) => at(config, 'SecurityHeadersConfig', ...path))
async function headersOf({ client, id }: DeployedStack, resource: string): Promise<unknown> {
  const command = new GetResponseHeadersPolicyConfigCommand({ Id: id(resource) })
  return (await new CloudFrontClient(client).send(command)).ResponseHeadersPolicyConfig
}

/** TTLs in seconds, encodings, and what of a request makes another object of one cache policy. */
function cachePolicy(kind: string, about: About, longest: number): RoomProof {
  const key = 'ParametersInCacheKeyAndForwardedToOrigin'
  const paths = [
    ['MinTTL'],
    ['DefaultTTL'],
    ['MaxTTL'],
    [key, 'EnableAcceptEncodingBrotli'],
    [key, 'EnableAcceptEncodingGzip'],
    [key, 'QueryStringsConfig', 'QueryStringBehavior'],
    [key, 'HeadersConfig', 'HeaderBehavior'],
    [key, 'CookiesConfig', 'CookieBehavior'],
  ] as const
  const seen = (config: unknown): readonly unknown[] => paths.map((path) => at(config, ...path))
  return onEmulator({
    ...about,
    type: 'AWS::CloudFront::CachePolicy',
    is: [0, 0, longest, true, true, 'none', 'none', 'none'],
    template: (template) => seen(at(resourceOf(template, `Cache${kind}`), 'Properties', 'CachePolicyConfig')),
    readBack: async ({ client, id }) => {
      const asked = new GetCachePolicyConfigCommand({ Id: id(`Cache${kind}`) })
      return seen((await new CloudFrontClient(client).send(asked)).CachePolicyConfig)
    },
  })
}

const headersProof = (resource: string, about: About, is: unknown, seen: (config: unknown) => unknown): RoomProof =>
  onEmulator({
    ...about,
    type: 'AWS::CloudFront::ResponseHeadersPolicy',
    is,
    template: (template) => seen(at(resourceOf(template, resource), 'Properties', 'ResponseHeadersPolicyConfig')),
    readBack: async (deployed) => seen(await headersOf(deployed, resource)),
  })

const notKept = (resource: string, about: About, override: boolean): RoomProof =>
  headersProof(resource, about, [['Cache-Control', override, 'no-store']], (config) =>
    items(at(config, 'CustomHeadersConfig')).map((one) => ['Header', 'Override', 'Value'].map((name) => at(one, name))),
  )

/** For how long the edge keeps what. */
export const cacheProofs = ({ cache }: Pick<CdnSettings, 'cache'>): readonly RoomProof[] => {
  const each = 'in each encoding, once for all visitors'
  return [
    cachePolicy(
      'hashed',
      {
        says: `files with a hash are kept for a year, ${each}`,
        fact: 'cache policy of files with a hash',
        proves: ['staticCaching', 'hitRatio', 'compression'],
      },
      seconds(cache.hashedAssets),
    ),
    cachePolicy(
      'image',
      {
        says: `images are kept for a week, ${each}`,
        fact: 'cache policy of images',
        proves: ['imageCaching', 'hitRatio', 'compression'],
      },
      seconds(cache.images),
    ),
    cachePolicy(
      'font',
      {
        says: `fonts are kept for a week, ${each}`,
        fact: 'cache policy of fonts',
        proves: ['fontCaching', 'hitRatio', 'compression'],
      },
      seconds(cache.fonts),
    ),
    cachePolicy(
      'other',
      {
        says: `all else is kept for as long as it says itself, ${each}`,
        fact: 'cache policy of all else',
        proves: ['hitRatio', 'compression'],
      },
      seconds(cache.hashedAssets),
    ),
  ]
}

/** What browsers are told with the files of the site. */
export function headersOfFiles(settings: CdnSettings): readonly RoomProof[] {
  const csp = contentSecurityPolicyOf(settings)
  return [
    headersProof(
      'StaticHeaders',
      {
        says: 'browsers are told what a page may not do, whatever the store says',
        fact: 'security headers of files',
        proves: ['securityHeaders', 'https'],
      },
      [seconds(settings.hsts), true, true, 'strict-origin-when-cross-origin', true, settings.frames, true],
      securityHeaders(security),
    ),
    headersProof(
      'StaticHeaders',
      {
        says: 'a page loads and does nothing that is not of the site itself, and is shown in no other (CSP)',
        fact: 'Content-Security-Policy of files',
        proves: ['securityHeaders'],
      },
      csp === undefined ? [undefined, undefined] : [csp, true],
      securityHeaders(policy),
    ),
    notKept(
      'StaticHeaders',
      {
        says: 'no browser keeps an error of the store: what says nothing itself is not stored',
        fact: 'Cache-Control of what says none itself',
        proves: ['errorsUncached'],
      },
      false,
    ),
  ]
}

/** The same with answers of the API. */
export const headersOfApi = ({ hsts }: CdnSettings): readonly RoomProof[] => [
  headersProof(
    'ApiHeaders',
    {
      says: 'what the API tells browsers of its own pages is left alone: of the edge’s own it has HSTS and nosniff alone',
      fact: 'security headers of the API',
      proves: ['securityHeaders', 'https'],
    },
    [seconds(hsts), true, true, undefined, undefined, undefined, undefined, undefined, undefined],
    (config) => [...securityHeaders(security)(config), ...securityHeaders(policy)(config)],
  ),
  notKept(
    'ApiHeaders',
    {
      says: 'no browser keeps an answer of the API, whatever that says',
      fact: 'Cache-Control of the API',
      proves: ['apiUncached'],
    },
    true,
  ),
]
