import {
  type CacheBehavior,
  type DefaultCacheBehavior,
  GetCachePolicyConfigCommand,
  GetFunctionCommand,
  GetOriginAccessControlConfigCommand,
  GetResponseHeadersPolicyConfigCommand,
} from '@aws-sdk/client-cloudfront'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { type Deployed, at, distributionOf, list, resourceOf } from './deployed.ts'
import type { Proof } from './proofs.ts'
import { viewerRequest } from './viewer-request.ts'

const type = 'AWS::CloudFront::Distribution'
const distribution = (template: TemplateContent, ...path: readonly (string | number)[]): unknown =>
  at(resourceOf(template, 'Distribution'), 'Properties', 'DistributionConfig', ...path)

/** One property that has one name in the template and in the API. */
const same = (says: string, is: unknown, ...path: readonly string[]): Proof => ({
  type,
  says,
  is,
  template: (template) => distribution(template, ...path),
  by: 'emulator',
  readBack: async (deployed) => at(await distributionOf(deployed), ...path),
})

const inTemplate = (template: TemplateContent): readonly unknown[] => [
  distribution(template, 'DefaultCacheBehavior'),
  ...list(distribution(template, 'CacheBehaviors')),
]
async function deployedBehaviours(deployed: Deployed): Promise<readonly (DefaultCacheBehavior | CacheBehavior)[]> {
  const { DefaultCacheBehavior: first, CacheBehaviors: more } = await distributionOf(deployed)
  return [...(first ? [first] : []), ...(more?.Items ?? [])]
}
const different = (values: readonly unknown[]): readonly unknown[] => [...new Set(values)]

const errors = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]
const pairs = (all: readonly unknown[]): readonly unknown[] =>
  all.map((one) => [at(one, 'ErrorCode'), at(one, 'ErrorCachingMinTTL'), at(one, 'ResponsePagePath') || 'as it is'])

const headers = 'AWS::CloudFront::ResponseHeadersPolicy'
const security = [
  ['StrictTransportSecurity', 'AccessControlMaxAgeSec'],
  ['ContentTypeOptions', 'Override'],
  ['ReferrerPolicy', 'ReferrerPolicy'],
  ['FrameOptions', 'FrameOption'],
  ['ContentSecurityPolicy', 'Override'],
] as const
const securityOf = (config: unknown): readonly unknown[] =>
  security.map((path) => at(config, 'SecurityHeadersConfig', ...path))
async function headersOf({ cloudFront, id }: Deployed, resource: string): Promise<unknown> {
  const command = new GetResponseHeadersPolicyConfigCommand({ Id: id(resource) })
  return (await cloudFront.send(command)).ResponseHeadersPolicyConfig
}

/** TTLs in seconds, encodings and the query of one cache policy. */
function cachePolicy(kind: string, says: string, longest: number): Proof {
  const key = 'ParametersInCacheKeyAndForwardedToOrigin'
  const paths = [
    ['MinTTL'],
    ['DefaultTTL'],
    ['MaxTTL'],
    [key, 'EnableAcceptEncodingBrotli'],
    [key, 'EnableAcceptEncodingGzip'],
    [key, 'QueryStringsConfig', 'QueryStringBehavior'],
  ] as const
  const seen = (config: unknown): readonly unknown[] => paths.map((path) => at(config, ...path))
  return {
    type: 'AWS::CloudFront::CachePolicy',
    says,
    is: [0, 0, longest, true, true, 'none'],
    template: (template) => seen(at(resourceOf(template, `Cache${kind}`), 'Properties', 'CachePolicyConfig')),
    by: 'emulator',
    readBack: async ({ cloudFront, id }) =>
      seen((await cloudFront.send(new GetCachePolicyConfigCommand({ Id: id(`Cache${kind}`) }))).CachePolicyConfig),
  }
}

function notKept(resource: string, says: string, override: boolean): Proof {
  return {
    type: headers,
    says,
    is: { Header: 'Cache-Control', Override: override, Value: 'no-store' },
    template: (template) =>
      at(resourceOf(template, resource), 'Properties', 'ResponseHeadersPolicyConfig', ...customHeader),
    by: 'emulator',
    readBack: async (deployed) => at(await headersOf(deployed, resource), ...customHeader),
  }
}
const customHeader = ['CustomHeadersConfig', 'Items', 0] as const

const day = 86_400

export const cloudFrontProofs: readonly Proof[] = [
  {
    type,
    says: 'the store is asked through the shield, which lies beside it',
    is: { Enabled: true, OriginShieldRegion: 'us-east-1' },
    template: (template) => distribution(template, 'Origins', 0, 'OriginShield'),
    by: 'emulator',
    readBack: async (deployed) => (await distributionOf(deployed)).Origins?.Items?.[0]?.OriginShield,
  },
  {
    type,
    says: 'the API comes before every class of files, and nothing of it is kept (CachingDisabled)',
    is: [
      ['/api/*', '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', 'b689b0a8-53d0-40ab-baf2-68738e2966ac'],
      ['/api', '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', 'b689b0a8-53d0-40ab-baf2-68738e2966ac'],
    ],
    template: (template) => api(inTemplate(template)),
    by: 'emulator',
    readBack: async (deployed) => api(await deployedBehaviours(deployed)),
  },
  {
    type,
    says: 'every request is answered over HTTPS, or sent there',
    is: ['redirect-to-https'],
    template: (template) => different(inTemplate(template).map((one) => at(one, 'ViewerProtocolPolicy'))),
    by: 'emulator',
    readBack: async (deployed) =>
      different((await deployedBehaviours(deployed)).map((one) => one.ViewerProtocolPolicy)),
  },
  {
    type,
    says: 'what can be compressed is compressed, in every behaviour',
    is: [true],
    template: (template) => different(inTemplate(template).map((one) => at(one, 'Compress'))),
    by: 'emulator',
    readBack: async (deployed) => different((await deployedBehaviours(deployed)).map((one) => one.Compress)),
  },
  {
    type,
    says: 'no error is kept, and none is answered by a page of the app',
    is: errors.map((code) => [code, 0, 'as it is']),
    template: (template) => pairs(list(distribution(template, 'CustomErrorResponses'))),
    by: 'emulator',
    readBack: async (deployed) => pairs((await distributionOf(deployed)).CustomErrorResponses?.Items ?? []),
  },
  same('HTTP/2 and 3 are spoken', 'http2and3', 'HttpVersion'),
  same('TLS 1.2 of 2021 is the least', 'TLSv1.2_2021', 'ViewerCertificate', 'MinimumProtocolVersion'),
  same('all of CloudFront’s places answer', 'PriceClass_All', 'PriceClass'),
  same('the site’s own address is its page', 'index.html', 'DefaultRootObject'),
  {
    type,
    says: 'the site answers under its own name',
    is: ['www.example.com'],
    template: (template) => distribution(template, 'Aliases'),
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
  {
    type: 'AWS::CloudFront::Function',
    says: 'navigations are answered by the app’s page, and what is hidden is not sent: the rule of nginx, live',
    is: viewerRequest('app'),
    template: (template) => at(resourceOf(template, 'ViewerRequest'), 'Properties', 'FunctionCode'),
    by: 'emulator',
    readBack: async ({ cloudFront, id }) => {
      const name = id('ViewerRequest').split('/').at(-1)
      const { FunctionCode: code } = await cloudFront.send(new GetFunctionCommand({ Name: name, Stage: 'LIVE' }))
      return Buffer.from(code ?? []).toString()
    },
  },
  cachePolicy('hashed', 'files with a hash are kept for a year, in each encoding, without a query', 365 * day),
  cachePolicy('image', 'images are kept for a week, in each encoding, without a query', 7 * day),
  cachePolicy('font', 'fonts are kept for a week, in each encoding, without a query', 7 * day),
  cachePolicy('other', 'all else is kept for as long as it says itself', 365 * day),
  {
    type: headers,
    says: 'browsers are told what a page may not do',
    is: [31_536_000, true, 'strict-origin-when-cross-origin', 'DENY', true],
    template: (template) =>
      securityOf(at(resourceOf(template, 'StaticHeaders'), 'Properties', 'ResponseHeadersPolicyConfig')),
    by: 'emulator',
    readBack: async (deployed) => securityOf(await headersOf(deployed, 'StaticHeaders')),
  },
  {
    type: headers,
    says: 'what the API tells browsers of its own pages is left alone: of the edge’s own it has HSTS and nosniff alone',
    is: [31_536_000, true, undefined, undefined, undefined],
    template: (template) =>
      securityOf(at(resourceOf(template, 'ApiHeaders'), 'Properties', 'ResponseHeadersPolicyConfig')),
    by: 'emulator',
    readBack: async (deployed) => securityOf(await headersOf(deployed, 'ApiHeaders')),
  },
  notKept('ApiHeaders', 'no browser keeps an answer of the API, whatever that says', true),
  notKept('StaticHeaders', 'no browser keeps an error of the store: what says nothing itself is not stored', false),
]

const accessControl = ['Properties', 'OriginAccessControlConfig'] as const

function signing(config: unknown): readonly unknown[] {
  return [at(config, 'OriginAccessControlOriginType'), at(config, 'SigningBehavior'), at(config, 'SigningProtocol')]
}

/** The first two behaviours after the default one, which is asked last. */
function api([, ...behaviours]: readonly unknown[]): readonly unknown[] {
  return behaviours
    .slice(0, 2)
    .map((one) => [at(one, 'PathPattern'), at(one, 'CachePolicyId'), at(one, 'OriginRequestPolicyId')])
}
