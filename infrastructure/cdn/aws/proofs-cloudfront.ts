import {
  DescribeFunctionCommand,
  GetCachePolicyConfigCommand,
  GetFunctionCommand,
  GetOriginAccessControlConfigCommand,
  GetResponseHeadersPolicyConfigCommand,
} from '@aws-sdk/client-cloudfront'
import { at, items, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { type Deployed, distributionIn, distributionOf } from './deployed.ts'
import type { Proof } from './proof.ts'
import { apiRequest, viewerRequest, viewerResponse } from './viewer-request.ts'

const type = 'AWS::CloudFront::Distribution'

/** Properties of the distribution; `api`: their names in the API, where these are others than the template's. */
const whole = (says: string, is: readonly unknown[], paths: readonly Path[], api: readonly Path[] = paths): Proof => ({
  type,
  says,
  is,
  template: (template) => paths.map((path) => at(distributionIn(template), ...path)),
  by: 'emulator',
  readBack: async (deployed) => {
    const config = await distributionOf(deployed)
    return api.map((path) => at(config, ...path))
  },
})
type Path = readonly string[]

const errors = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]
const pairs = (all: readonly unknown[]): readonly unknown[] =>
  all.map((one) => [at(one, 'ErrorCode'), at(one, 'ErrorCachingMinTTL'), at(one, 'ResponsePagePath') || 'as it is'])

const headers = 'AWS::CloudFront::ResponseHeadersPolicy'
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
async function headersOf({ cloudFront, id }: Deployed, resource: string): Promise<unknown> {
  const command = new GetResponseHeadersPolicyConfigCommand({ Id: id(resource) })
  return (await cloudFront.send(command)).ResponseHeadersPolicyConfig
}

/** TTLs in seconds, encodings, and what of a request makes another object of one cache policy. */
function cachePolicy(kind: string, says: string, longest: number): Proof {
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
  return {
    type: 'AWS::CloudFront::CachePolicy',
    says,
    is: [0, 0, longest, true, true, 'none', 'none', 'none'],
    template: (template) => seen(at(resourceOf(template, `Cache${kind}`), 'Properties', 'CachePolicyConfig')),
    by: 'emulator',
    readBack: async ({ cloudFront, id }) =>
      seen((await cloudFront.send(new GetCachePolicyConfigCommand({ Id: id(`Cache${kind}`) }))).CachePolicyConfig),
  }
}

function headersProof(resource: string, says: string, is: unknown, seen: (config: unknown) => unknown): Proof {
  return {
    type: headers,
    says,
    is,
    template: (template) => seen(at(resourceOf(template, resource), 'Properties', 'ResponseHeadersPolicyConfig')),
    by: 'emulator',
    readBack: async (deployed) => seen(await headersOf(deployed, resource)),
  }
}

const notKept = (resource: string, says: string, override: boolean): Proof =>
  headersProof(resource, says, [{ Header: 'Cache-Control', Override: override, Value: 'no-store' }], (config) =>
    items(at(config, 'CustomHeadersConfig')),
  )

/** A function's code, and that it is in force. */
const functionProofs = (resource: string, says: string, code: string): readonly Proof[] => [
  {
    type: 'AWS::CloudFront::Function',
    says,
    is: code,
    template: (template) => at(resourceOf(template, resource), 'Properties', 'FunctionCode'),
    by: 'emulator',
    readBack: async ({ cloudFront, id }) => {
      const name = id(resource).split('/').at(-1)
      const { FunctionCode: live } = await cloudFront.send(new GetFunctionCommand({ Name: name, Stage: 'LIVE' }))
      return Buffer.from(live ?? []).toString()
    },
  },
  {
    type: 'AWS::CloudFront::Function',
    says: `the function ${resource} is live as soon as it is deployed, in the runtime that it is written for`,
    is: [true, 'cloudfront-js-2.0'],
    template: (template) =>
      [['AutoPublish'], ['FunctionConfig', 'Runtime']].map((path) =>
        at(resourceOf(template, resource), 'Properties', ...path),
      ),
    by: 'emulator',
    readBack: async ({ cloudFront, id }) => {
      const Name = id(resource).split('/').at(-1)
      const { FunctionSummary: live } = await cloudFront.send(new DescribeFunctionCommand({ Name, Stage: 'LIVE' }))
      return [live?.FunctionMetadata?.Stage === 'LIVE', live?.FunctionConfig?.Runtime]
    },
  },
]

const day = 86_400

export const cloudFrontProofs: readonly Proof[] = [
  {
    type,
    says: 'no error is kept, and none is answered by a page of the app',
    is: errors.map((code) => [code, 0, 'as it is']),
    template: (template) => pairs(list(at(distributionIn(template), 'CustomErrorResponses'))),
    by: 'emulator',
    readBack: async (deployed) => pairs((await distributionOf(deployed)).CustomErrorResponses?.Items ?? []),
  },
  whole('the site is switched on', [true], [['Enabled']]),
  whole('HTTP/2 and 3 are spoken', ['http2and3'], [['HttpVersion']]),
  whole('IPv6 is spoken, too', [true], [['IPV6Enabled']], [['IsIPV6Enabled']]),
  whole('TLS 1.2 of 2021 is the least', ['TLSv1.2_2021'], [['ViewerCertificate', 'MinimumProtocolVersion']]),
  whole(
    'the configured certificate is shown, to whoever names the site (SNI)',
    ['arn:aws:acm:us-east-1:000000000000:certificate/0a1b2c3d', 'sni-only'],
    [
      ['ViewerCertificate', 'AcmCertificateArn'],
      ['ViewerCertificate', 'SslSupportMethod'],
    ],
    [
      ['ViewerCertificate', 'ACMCertificateArn'],
      ['ViewerCertificate', 'SSLSupportMethod'],
    ],
  ),
  whole('all of CloudFront’s places answer', ['PriceClass_All'], [['PriceClass']]),
  whole('the site’s own address is its page', ['index.html'], [['DefaultRootObject']]),
  {
    type,
    says: 'the site answers under its own name',
    is: ['www.example.com'],
    template: (template) => at(distributionIn(template), 'Aliases'),
    by: 'emulator',
    readBack: async (deployed) => (await distributionOf(deployed)).Aliases?.Items,
  },
  {
    type: 'AWS::CloudFront::OriginAccessControl',
    says: 'every request for the store is signed',
    is: ['s3', 'always', 'sigv4'],
    template: (template) =>
      signing(at(resourceOf(template, 'DistributionOrigin1S3OriginAccessControl'), ...accessControl)),
    by: 'emulator',
    readBack: async ({ cloudFront, id }) => {
      const command = new GetOriginAccessControlConfigCommand({ Id: id('DistributionOrigin1S3OriginAccessControl') })
      return signing((await cloudFront.send(command)).OriginAccessControlConfig)
    },
  },
  ...functionProofs(
    'ViewerRequest',
    'paths of the app are answered by its page, and what is hidden is not sent: the rule of nginx, live',
    viewerRequest('app'),
  ),
  ...functionProofs(
    'ViewerResponse',
    'caches are told what the answer to a path of the app depends on, live',
    viewerResponse([]),
  ),
  ...functionProofs('ApiRequest', 'what a client claims of itself does not reach the API, live', apiRequest()),
  cachePolicy('hashed', 'files with a hash are kept for a year, in each encoding, once for all visitors', 365 * day),
  cachePolicy('image', 'images are kept for a week, in each encoding, once for all visitors', 7 * day),
  cachePolicy('font', 'fonts are kept for a week, in each encoding, once for all visitors', 7 * day),
  cachePolicy(
    'other',
    'all else is kept for as long as it says itself, in each encoding, once for all visitors',
    365 * day,
  ),
  headersProof(
    'StaticHeaders',
    'browsers are told what a page may not do, whatever the store says',
    [31_536_000, true, true, 'strict-origin-when-cross-origin', true, 'DENY', true],
    securityHeaders(security),
  ),
  headersProof(
    'StaticHeaders',
    'a page loads and does nothing that is not of the site itself, and is shown in no other (CSP)',
    [
      "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
      true,
    ],
    securityHeaders(policy),
  ),
  headersProof(
    'ApiHeaders',
    'what the API tells browsers of its own pages is left alone: of the edge’s own it has HSTS and nosniff alone',
    [31_536_000, true, true, undefined, undefined, undefined, undefined, undefined, undefined],
    (config) => [...securityHeaders(security)(config), ...securityHeaders(policy)(config)],
  ),
  notKept('ApiHeaders', 'no browser keeps an answer of the API, whatever that says', true),
  notKept('StaticHeaders', 'no browser keeps an error of the store: what says nothing itself is not stored', false),
]

const accessControl = ['Properties', 'OriginAccessControlConfig'] as const

function signing(config: unknown): readonly unknown[] {
  return [at(config, 'OriginAccessControlOriginType'), at(config, 'SigningBehavior'), at(config, 'SigningProtocol')]
}
