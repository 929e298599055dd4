import { at, items } from '../../../src/targets/aws/template.ts'
import { distributionIn, distributionOf } from './deployed.ts'
import type { Proof } from './proof.ts'
import { named, said } from './references.ts'

/** Of one origin: the store is the first, the API the second. */
const origin = (
  index: 0 | 1,
  says: string,
  is: unknown,
  seen: (one: unknown, text: (value: unknown) => unknown) => unknown,
): Proof => ({
  type: 'AWS::CloudFront::Distribution',
  says,
  is,
  template: (template) => seen(items(at(distributionIn(template), 'Origins'))[index], said),
  by: 'emulator',
  readBack: async (deployed) => seen(items(at(await distributionOf(deployed), 'Origins'))[index], named(deployed)),
})

export const originProofs: readonly Proof[] = [
  origin(
    0,
    'the store is asked at its own address, and every request for it is signed by the access control',
    ['Store.s3.us-east-1.amazonaws.com', 'DistributionOrigin1S3OriginAccessControl', ''],
    (one, text) => [
      text(at(one, 'DomainName')),
      text(at(one, 'OriginAccessControlId')),
      at(one, 'S3OriginConfig', 'OriginAccessIdentity'),
    ],
  ),
  origin(
    0,
    'the store is asked through the shield, which lies beside it',
    { Enabled: true, OriginShieldRegion: 'us-east-1' },
    (one) => at(one, 'OriginShield'),
  ),
  origin(
    1,
    'the API is asked at the configured host, over HTTPS alone, with TLS 1.2 at least',
    ['api.example.com', 'https-only', ['TLSv1.2']],
    (one) => [
      at(one, 'DomainName'),
      at(one, 'CustomOriginConfig', 'OriginProtocolPolicy'),
      items(at(one, 'CustomOriginConfig', 'OriginSSLProtocols') ?? at(one, 'CustomOriginConfig', 'OriginSslProtocols')),
    ],
  ),
  origin(1, 'an attempt to reach the API may take 2 s, and its answer 60 s (site.api.timeout)', [2, 60], (one) => [
    at(one, 'ConnectionTimeout'),
    at(one, 'CustomOriginConfig', 'OriginReadTimeout'),
  ]),
]
