import { Match, Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { appAt } from '../../../src/targets/aws/assembly.ts'
import { monitoring } from '../../monitoring/guarantees.ts'
import { cdnSettings } from '../settings.ts'
import { CdnStack, type CdnStackProps } from './stack.ts'

const template = (change: Partial<CdnStackProps> = {}): Template =>
  Template.fromStack(
    new CdnStack(appAt({}), 'Cdn', {
      env: { account: '123456789012', region: 'us-east-1' },
      name: 'production',
      settings: cdnSettings.parse({}),
      own: { domain: 'www.example.com', certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/a1b2' },
      api: new URL('https://api.example.com'),
      alarms: monitoring,
      ...change,
    }),
  )
const whole = template()

/** What the distribution is configured with. */
const distribution = (of: Template = whole) =>
  Object.values(of.findResources('AWS::CloudFront::Distribution'))[0]?.['Properties'].DistributionConfig
const behaviours = (of: Template = whole): readonly Readonly<Record<string, unknown>>[] =>
  distribution(of).CacheBehaviors

/** Resources of a type that are like this. */
const foundWhole = (type: string, like: object): readonly unknown[] => Object.values(whole.findResources(type, like))
const found = (type: string, properties: object): readonly unknown[] => foundWhole(type, { Properties: properties })

describe('the stack of the CDN', () => {
  it('keeps the store private, versioned and encrypted, and leaves it behind when it is deleted', () => {
    expect(
      foundWhole('AWS::S3::Bucket', {
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          VersioningConfiguration: { Status: 'Enabled' },
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
          BucketEncryption: Match.anyValue(),
        },
      }),
    ).not.toEqual([])
  })

  it('deletes nothing that is served by its age', () => {
    const rules = Object.values(whole.findResources('AWS::S3::Bucket')).flatMap(
      ({ Properties: { VersioningConfiguration: versions, LifecycleConfiguration: lifecycle } }) =>
        versions ? lifecycle.Rules : [],
    )
    expect(rules.length).toBeGreaterThan(0)
    expect(rules.filter((rule: object) => 'ExpirationInDays' in rule)).toEqual([])
  })

  it('lets this distribution alone read the store, and list it, so that what is missing is a 404', () => {
    expect(
      found('AWS::S3::BucketPolicy', {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: 'Allow',
              Action: ['s3:GetObject', 's3:ListBucket'],
              Principal: { Service: 'cloudfront.amazonaws.com' },
              Condition: { StringEquals: { 'AWS:SourceArn': Match.anyValue() } },
            }),
          ]),
        },
      }),
    ).not.toEqual([])
    expect(distribution().DefaultRootObject).toBe('index.html')
  })

  it('asks the store through the shield', () => {
    const origins: readonly { OriginShield?: unknown; S3OriginConfig?: unknown }[] = distribution().Origins
    const store = origins.find(({ S3OriginConfig: s3 }) => s3 !== undefined)
    expect(store?.OriginShield).toEqual({ Enabled: true, OriginShieldRegion: 'us-east-1' })
  })

  it('has the API first, and keeps nothing of it', () => {
    const [first, second] = behaviours()
    expect([first?.['PathPattern'], second?.['PathPattern']]).toEqual(['/api/*', '/api'])
    // CachingDisabled, and all that the visitor sends but the host (CloudFront's managed policies).
    expect([first?.['CachePolicyId'], first?.['OriginRequestPolicyId']]).toEqual([
      '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      'b689b0a8-53d0-40ab-baf2-68738e2966ac',
    ])
    expect(
      found('AWS::CloudFront::ResponseHeadersPolicy', {
        ResponseHeadersPolicyConfig: {
          Name: 'production-api',
          CustomHeadersConfig: { Items: [{ Header: 'Cache-Control', Value: 'no-store', Override: true }] },
        },
      }),
    ).not.toEqual([])
  })

  it('runs no function for the API, and the rule of the app for everything else', () => {
    const withFunction = [distribution().DefaultCacheBehavior, ...behaviours()].filter(
      (one) => one.FunctionAssociations?.[0]?.EventType === 'viewer-request',
    )
    expect(withFunction).toHaveLength(behaviours().length + 1 - 2)
  })

  it.each([
    ['hashed', 365 * 86_400],
    ['image', 7 * 86_400],
    ['font', 7 * 86_400],
  ])('keeps files of the class %s for %i s at most, with both encodings in the key', (kind, age) => {
    expect(
      found('AWS::CloudFront::CachePolicy', {
        CachePolicyConfig: {
          Name: `production-${kind}`,
          MinTTL: 0,
          MaxTTL: age,
          ParametersInCacheKeyAndForwardedToOrigin: {
            EnableAcceptEncodingBrotli: true,
            EnableAcceptEncodingGzip: true,
            QueryStringsConfig: { QueryStringBehavior: 'none' },
          },
        },
      }),
    ).not.toEqual([])
  })

  it('keeps the folders whose names change with their content like hashed files, before any extension', () => {
    const settings = cdnSettings.parse({ cache: { hashedFolders: ['_next/static'] } })
    const [, , first, second] = behaviours(template({ settings }))
    expect([first?.['PathPattern'], second?.['PathPattern']]).toEqual(['/_next/static/*', '*.js'])
    expect(first?.['CachePolicyId']).toEqual(second?.['CachePolicyId'])
  })

  it('caches no error', () => {
    const errors: readonly { ErrorCode: number; ErrorCachingMinTTL: number }[] = distribution().CustomErrorResponses
    expect(errors.map(({ ErrorCode: code }) => code)).toEqual([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504])
    expect(errors.filter((error) => error.ErrorCachingMinTTL !== 0 || 'ResponsePagePath' in error)).toEqual([])
  })

  it('answers over HTTPS alone, by HTTP/2 and 3, with TLS 1.2 of 2021 at least', () => {
    expect(distribution()).toMatchObject({
      HttpVersion: 'http2and3',
      Aliases: ['www.example.com'],
      ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021', SslSupportMethod: 'sni-only' },
    })
    const policies = [distribution().DefaultCacheBehavior, ...behaviours()].map((one) => one.ViewerProtocolPolicy)
    expect(new Set(policies)).toEqual(new Set(['redirect-to-https']))
  })

  it('tells browsers what a page may not do', () => {
    expect(
      found('AWS::CloudFront::ResponseHeadersPolicy', {
        ResponseHeadersPolicyConfig: {
          SecurityHeadersConfig: {
            ContentSecurityPolicy: { ContentSecurityPolicy: Match.stringLikeRegexp("frame-ancestors 'none'") },
            ContentTypeOptions: { Override: true },
            FrameOptions: { FrameOption: 'DENY', Override: true },
            StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, Override: true },
          },
        },
      }),
    ).not.toEqual([])
  })

  it.each([
    ['cdnErrors', '5xxErrorRate', 'GreaterThanThreshold', 1],
    ['hitRatio', 'CacheHitRate', 'LessThanThreshold', 90],
    ['originLatency', 'OriginLatency', 'GreaterThanThreshold', 1000],
  ])('calls somebody about %s: %s %s %i', (name, MetricName, ComparisonOperator, Threshold) => {
    expect(
      found('AWS::CloudWatch::Alarm', {
        AlarmName: `production-monitoring.${name}`,
        MetricName,
        ComparisonOperator,
        Threshold,
        TreatMissingData: 'notBreaching',
      }),
    ).not.toEqual([])
  })

  it('measures what its alarms look at', () => {
    expect(
      found('AWS::CloudFront::MonitoringSubscription', {
        MonitoringSubscription: { RealtimeMetricsSubscriptionConfig: { RealtimeMetricsSubscriptionStatus: 'Enabled' } },
      }),
    ).not.toEqual([])
  })

  it('writes an access log with the fields that nginx writes', () => {
    expect(
      found('AWS::Logs::Delivery', {
        RecordFields: Match.arrayWith(['timestamp(ms)', 'x-edge-result-type', 'cs-uri-stem', 'sc-status']),
      }),
    ).not.toEqual([])
    expect(found('AWS::Logs::DeliveryDestination', { OutputFormat: 'json' })).not.toEqual([])
  })

  it('has no way to an API where the site has none, and CloudFront’s own name without a certificate', () => {
    const plain = template({ api: undefined, own: undefined })
    expect(behaviours(plain).filter(({ PathPattern: path }) => String(path).startsWith('/api'))).toEqual([])
    expect(distribution(plain).Aliases).toBeUndefined()
  })
})
