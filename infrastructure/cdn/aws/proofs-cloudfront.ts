import {
  CloudFrontClient,
  DescribeFunctionCommand,
  GetFunctionCommand,
  GetOriginAccessControlConfigCommand,
} from '@aws-sdk/client-cloudfront'
import { onEmulator, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { at, items, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { distributionIn, distributionOf } from './deployed.ts'
import type { About, ProvenSite } from './proof.ts'
import { cacheProofs, headersOfApi, headersOfFiles } from './proofs-policies.ts'
import { apiRequest, viewerRequest, viewerResponse } from './viewer-request.ts'

const type = 'AWS::CloudFront::Distribution'

/** Properties of the distribution; `api`: their names in the API, where these are others than the template's. */
const whole = (about: About, is: readonly unknown[], paths: readonly Path[], api: readonly Path[] = paths): RoomProof =>
  onEmulator({
    ...about,
    type,
    is,
    template: (template) => paths.map((path) => at(distributionIn(template), ...path)),
    readBack: async (deployed) => {
      const config = await distributionOf(deployed)
      return api.map((path) => at(config, ...path))
    },
  })
type Path = readonly string[]

const errors = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]
const pairs = (all: readonly unknown[]): readonly unknown[] =>
  all
    .map((one) => [at(one, 'ErrorCode'), at(one, 'ErrorCachingMinTTL'), at(one, 'ResponsePagePath') || 'as it is'])
    .toSorted(([one], [other]) => Number(one) - Number(other))

/** A function's code, and that it is in force. */
const functionProofs = (resource: string, about: About, code: string): readonly RoomProof[] => [
  onEmulator({
    ...about,
    type: 'AWS::CloudFront::Function',
    is: code,
    template: (template) => at(resourceOf(template, resource), 'Properties', 'FunctionCode'),
    readBack: async ({ client, id }) => {
      const asked = new GetFunctionCommand({ Name: id(resource).split('/').at(-1), Stage: 'LIVE' })
      const { FunctionCode: live } = await new CloudFrontClient(client).send(asked)
      return Buffer.from(live ?? []).toString()
    },
  }),
  onEmulator({
    type: 'AWS::CloudFront::Function',
    says: `the function ${resource} is live as soon as it is deployed, in the runtime that it is written for`,
    fact: `${resource}: live, runtime`,
    proves: about.proves,
    is: [true, 'cloudfront-js-2.0'],
    template: (template) =>
      [['AutoPublish'], ['FunctionConfig', 'Runtime']].map((path) =>
        at(resourceOf(template, resource), 'Properties', ...path),
      ),
    readBack: async ({ client, id }) => {
      const asked = new DescribeFunctionCommand({ Name: id(resource).split('/').at(-1), Stage: 'LIVE' })
      const { FunctionSummary: live } = await new CloudFrontClient(client).send(asked)
      return [live?.FunctionMetadata?.Stage === 'LIVE', live?.FunctionConfig?.Runtime]
    },
  }),
]

/** Of a site that answers under a name of its own. */
const underItsName = ({ domain, certificate }: NonNullable<ProvenSite['own']>): readonly RoomProof[] => [
  whole(
    { says: 'TLS 1.2 of 2021 is the least', fact: 'least TLS', proves: ['https'] },
    ['TLSv1.2_2021'],
    [['ViewerCertificate', 'MinimumProtocolVersion']],
  ),
  whole(
    {
      says: 'the configured certificate is shown, to whoever names the site (SNI)',
      fact: 'certificate',
      proves: ['certificate'],
    },
    [certificate, 'sni-only'],
    [
      ['ViewerCertificate', 'AcmCertificateArn'],
      ['ViewerCertificate', 'SslSupportMethod'],
    ],
    [
      ['ViewerCertificate', 'ACMCertificateArn'],
      ['ViewerCertificate', 'SSLSupportMethod'],
    ],
  ),
  onEmulator({
    type,
    says: 'the site answers under its own name',
    fact: 'names',
    proves: [],
    is: [domain],
    template: (template) => at(distributionIn(template), 'Aliases'),
    readBack: async (deployed) => (await distributionOf(deployed)).Aliases?.Items,
  }),
]

const ofDistribution: readonly RoomProof[] = [
  onEmulator({
    type,
    says: 'no error is kept, and none is answered by a page of the app',
    fact: 'errors: seconds kept, answered by',
    proves: ['errorsUncached', 'spaRouting'],
    is: errors.map((code) => [code, 0, 'as it is']),
    template: (template) => pairs(list(at(distributionIn(template), 'CustomErrorResponses'))),
    readBack: async (deployed) => pairs(items(at(await distributionOf(deployed), 'CustomErrorResponses'))),
  }),
  whole({ says: 'the site is switched on', fact: 'switched on', proves: ['worldwide'] }, [true], [['Enabled']]),
  whole({ says: 'HTTP/2 and 3 are spoken', fact: 'HTTP', proves: [] }, ['http2and3'], [['HttpVersion']]),
  whole({ says: 'IPv6 is spoken, too', fact: 'IPv6', proves: [] }, [true], [['IPV6Enabled']], [['IsIPV6Enabled']]),
  whole(
    { says: 'all of CloudFront’s places answer', fact: 'places', proves: ['worldwide'] },
    ['PriceClass_All'],
    [['PriceClass']],
  ),
  onEmulator({
    type,
    // The stack says nothing of it, so that no comparison with its template would see it.
    says: 'visitors of every country are answered',
    fact: 'refused by country',
    proves: ['worldwide'],
    is: 'none',
    template: (template) => refusedIn(distributionIn(template)),
    readBack: async (deployed) => refusedIn(await distributionOf(deployed)),
  }),
  whole(
    { says: 'the site’s own address is its page', fact: 'first page', proves: [] },
    ['index.html'],
    [['DefaultRootObject']],
  ),
  onEmulator({
    type: 'AWS::CloudFront::OriginAccessControl',
    says: 'every request for the store is signed',
    fact: 'signed for the store',
    proves: ['originPrivate'],
    is: ['s3', 'always', 'sigv4'],
    template: (template) =>
      signing(at(resourceOf(template, 'DistributionOrigin1S3OriginAccessControl'), ...accessControl)),
    readBack: async ({ client, id }) => {
      const command = new GetOriginAccessControlConfigCommand({ Id: id('DistributionOrigin1S3OriginAccessControl') })
      return signing((await new CloudFrontClient(client).send(command)).OriginAccessControlConfig)
    },
  }),
]

const accessControl = ['Properties', 'OriginAccessControlConfig'] as const

function signing(config: unknown): readonly unknown[] {
  return [at(config, 'OriginAccessControlOriginType'), at(config, 'SigningBehavior'), at(config, 'SigningProtocol')]
}

const refusedIn = (config: unknown): unknown =>
  at(config, 'Restrictions', 'GeoRestriction', 'RestrictionType') ?? 'none'

export const cloudFrontProofs = ({ settings, own, api }: ProvenSite): readonly RoomProof[] => [
  ...ofDistribution,
  ...(own === undefined ? [] : underItsName(own)),
  ...functionProofs(
    'ViewerRequest',
    {
      says: 'paths of the app are answered by its page, and what is hidden is not sent: the rule of nginx, live',
      fact: 'function of each request',
      proves: ['spaRouting', 'originPrivate'],
    },
    viewerRequest(settings.pages, settings.fileTypes),
  ),
  ...(settings.pages === 'app'
    ? functionProofs(
        'ViewerResponse',
        {
          says: 'caches are told what the answer to a path of the app depends on, live',
          fact: 'function of each answer',
          proves: ['spaRouting'],
        },
        viewerResponse(settings.fileTypes),
      )
    : []),
  ...cacheProofs(settings),
  ...headersOfFiles(settings),
  ...(api === undefined
    ? []
    : [
        ...functionProofs(
          'ApiRequest',
          {
            says: 'what a client claims of itself does not reach the API, live',
            fact: 'function of each request to the API',
            proves: [],
          },
          apiRequest(),
        ),
        ...headersOfApi(settings),
      ]),
]
