import { seconds } from '../../../src/core/units.ts'
import type { RoomProof } from '../../../src/targets/aws/proof.ts'
import { at, items } from '../../../src/targets/aws/template.ts'
import { distributionIn, distributionOf } from './deployed.ts'
import type { About, ProvenSite } from './proof.ts'
import { named, said } from './references.ts'

/** What an origin is seen by: the store is in S3, and the API is not. Neither is known by its place, which AWS may change. */
const kinds = { store: 'S3OriginConfig', api: 'CustomOriginConfig' } as const
const originIn = (config: unknown, which: keyof typeof kinds): unknown =>
  items(at(config, 'Origins')).find((one) => at(one, kinds[which]) !== undefined)

const origin = (
  which: keyof typeof kinds,
  about: About,
  is: unknown,
  seen: (one: unknown, text: (value: unknown) => unknown) => unknown,
): RoomProof => ({
  ...about,
  type: 'AWS::CloudFront::Distribution',
  is,
  template: (template) => seen(originIn(distributionIn(template), which), said),
  by: 'emulator',
  readBack: async (deployed) => seen(originIn(await distributionOf(deployed), which), named(deployed)),
})

export const originProofs = ({ api }: Pick<ProvenSite, 'api'>): readonly RoomProof[] => [
  origin(
    'store',
    {
      says: 'the store is asked at its own address, and every request for it is signed by the access control',
      fact: 'store',
      proves: ['originPrivate'],
    },
    ['Store.s3.us-east-1.amazonaws.com', 'DistributionOrigin1S3OriginAccessControl', ''],
    (one, text) => [
      text(at(one, 'DomainName')),
      text(at(one, 'OriginAccessControlId')),
      at(one, 'S3OriginConfig', 'OriginAccessIdentity'),
    ],
  ),
  origin(
    'store',
    {
      says: 'the store is asked through the shield, which lies beside it',
      fact: 'shield',
      proves: ['originShield'],
    },
    [true, 'us-east-1'],
    (one) => [at(one, 'OriginShield', 'Enabled'), at(one, 'OriginShield', 'OriginShieldRegion')],
  ),
  ...(api === undefined ? [] : ofApi(api)),
]

const ofApi = ({ url, timeout }: NonNullable<ProvenSite['api']>): readonly RoomProof[] => [
  origin(
    'api',
    {
      says: 'the API is asked at the configured host, over HTTPS alone, with TLS 1.2 at least',
      fact: 'API: host, port, protocol, TLS',
      proves: [],
    },
    [url.hostname, Number(url.port || 443), 'https-only', ['TLSv1.2']],
    (one) => [
      at(one, 'DomainName'),
      at(one, 'CustomOriginConfig', 'HTTPSPort') ?? 443,
      at(one, 'CustomOriginConfig', 'OriginProtocolPolicy'),
      items(at(one, 'CustomOriginConfig', 'OriginSSLProtocols') ?? at(one, 'CustomOriginConfig', 'OriginSslProtocols')),
    ],
  ),
  origin(
    'api',
    {
      says: 'an attempt to reach the API may take 2 s, and its answer as long as site.api.timeout',
      fact: 'API: seconds to connect, and to answer',
      proves: [],
    },
    [2, seconds(timeout)],
    (one) => [at(one, 'ConnectionTimeout'), at(one, 'CustomOriginConfig', 'OriginReadTimeout')],
  ),
]
