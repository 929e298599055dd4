import { at, list } from '../../../src/targets/aws/template.ts'
import { distributionIn } from './deployed.ts'
import { change, type Edit, set } from '../../../test/template-edit.ts'

const gone = undefined

/** Of the distribution; of its behaviours 0 and 1 are the API's, 2 is that of *.js, 5 that of *.png. */
const distribution = (path: string, to: unknown): Edit =>
  set('Distribution', `Properties.DistributionConfig.${path}`, to)
const reordered = (path: string, to: (was: readonly unknown[]) => unknown): Edit =>
  change('Distribution', `Properties.DistributionConfig.${path}`, (was) => to(list(was)))
/** Another of the two origins: 0 is the store, 1 the API. */
const asked =
  (behaviour: string, origin: 0 | 1): Edit =>
  (template) =>
    distribution(`${behaviour}.TargetOriginId`, at(distributionIn(template), 'Origins', origin, 'Id'))(template)

const cache = (kind: string, path: string, to: unknown): Edit =>
  set(`Cache${kind}`, `Properties.CachePolicyConfig.${path}`, to)
const cacheKey = (kind: string, path: string, to: unknown): Edit =>
  cache(kind, `ParametersInCacheKeyAndForwardedToOrigin.${path}`, to)
const headers = (resource: string, path: string, to: unknown): Edit =>
  set(resource, `Properties.ResponseHeadersPolicyConfig.${path}`, to)
const security = (path: string, to: unknown): Edit => headers('StaticHeaders', `SecurityHeadersConfig.${path}`, to)
const statement = (bucket: string, path: string, to: unknown): Edit =>
  set(`${bucket}Policy`, `Properties.PolicyDocument.Statement.${path}`, to)
const alarm = (name: string, path: string, to: unknown): Edit => set(`monitoring${name}`, `Properties.${path}`, to)
const property = (resource: string, path: string, to: unknown): Edit => set(resource, `Properties.${path}`, to)

const anybodyReads = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' }

type Sabotage = readonly [words: string, edit: Edit]

const behaviours: readonly Sabotage[] = [
  ['the API takes GET and HEAD alone', distribution('CacheBehaviors.0.AllowedMethods', ['GET', 'HEAD'])],
  ['files may be written', distribution('DefaultCacheBehavior.AllowedMethods', ['GET', 'HEAD', 'PUT'])],
  ['answers to HEAD are not kept', distribution('CacheBehaviors.2.CachedMethods', ['GET'])],
  ['the API is kept like hashed files', distribution('CacheBehaviors.0.CachePolicyId', { Ref: 'Cachehashed' })],
  ['images are kept like hashed files', distribution('CacheBehaviors.5.CachePolicyId', { Ref: 'Cachehashed' })],
  ['the API is asked without cookies', distribution('CacheBehaviors.1.OriginRequestPolicyId', gone)],
  ['files come before the API', reordered('CacheBehaviors', (was) => was.toReversed())],
  ['a type of files has no class', reordered('CacheBehaviors', (was) => was.toSpliced(4, 1))],
  ['the store is asked for the API', asked('CacheBehaviors.0', 0)],
  ['the API is asked for the page', asked('DefaultCacheBehavior', 1)],
  ['the page comes without headers', distribution('DefaultCacheBehavior.ResponseHeadersPolicyId', gone)],
  [
    'the API comes with the headers of files',
    distribution('CacheBehaviors.0.ResponseHeadersPolicyId', { Ref: 'StaticHeaders' }),
  ],
  ['the viewer function is left out', distribution('DefaultCacheBehavior.FunctionAssociations', gone)],
  [
    'the function runs after the cache',
    distribution('CacheBehaviors.2.FunctionAssociations.0.EventType', 'viewer-response'),
  ],
  [
    'the function of files runs for the API',
    reordered('CacheBehaviors', ([api, ...more]) => [
      { ...Object(api), FunctionAssociations: at(more[1], 'FunctionAssociations') },
      ...more,
    ]),
  ],
  ['the API is told what clients claim', distribution('CacheBehaviors.0.FunctionAssociations', gone)],
  ['nobody says what pages vary with', distribution('CacheBehaviors.2.FunctionAssociations.1', gone)],
  ['plain HTTP is answered', distribution('CacheBehaviors.2.ViewerProtocolPolicy', 'allow-all')],
  ['nothing is compressed', distribution('DefaultCacheBehavior.Compress', false)],
]

const origins: readonly Sabotage[] = [
  ['the API is asked over plain HTTP', distribution('Origins.1.CustomOriginConfig.OriginProtocolPolicy', 'http-only')],
  ['the API is asked with TLS 1.0', distribution('Origins.1.CustomOriginConfig.OriginSSLProtocols', ['TLSv1'])],
  ['the API is asked at another host', distribution('Origins.1.DomainName', 'api.example.org')],
  ['the API is waited for half a minute', distribution('Origins.1.CustomOriginConfig.OriginReadTimeout', 30)],
  ['the store is asked unsigned', distribution('Origins.0.OriginAccessControlId', gone)],
  [
    'signing is left to the visitor',
    property('DistributionOrigin1S3OriginAccessControl', 'OriginAccessControlConfig.SigningBehavior', 'no-override'),
  ],
  [
    'another bucket is the store',
    distribution('Origins.0.DomainName', { 'Fn::GetAtt': ['AccessLogs', 'RegionalDomainName'] }),
  ],
  ['the shield lies in another region', distribution('Origins.0.OriginShield.OriginShieldRegion', 'eu-central-1')],
  ['there is no shield', distribution('Origins.0.OriginShield', gone)],
]

const whole: readonly Sabotage[] = [
  [
    'another certificate is shown',
    distribution('ViewerCertificate.AcmCertificateArn', 'arn:aws:acm:us-east-1:000000000000:certificate/other'),
  ],
  ['every address gets its own certificate', distribution('ViewerCertificate.SslSupportMethod', 'vip')],
  ['TLS 1.0 is enough', distribution('ViewerCertificate.MinimumProtocolVersion', 'TLSv1')],
  ['HTTP/3 is not spoken', distribution('HttpVersion', 'http2')],
  ['IPv6 is not spoken', distribution('IPV6Enabled', false)],
  ['the site is switched off', distribution('Enabled', false)],
  ['some places answer', distribution('PriceClass', 'PriceClass_100')],
  ['the site has another name', distribution('Aliases.0', 'www.example.org')],
  ['another page is the first', distribution('DefaultRootObject', 'start.html')],
  ['a missing file is kept for ten seconds', distribution('CustomErrorResponses.2.ErrorCachingMinTTL', 10)],
  ['a missing file is answered by the page', distribution('CustomErrorResponses.2.ResponsePagePath', '/index.html')],
  [
    'the function is another',
    property('ViewerRequest', 'FunctionCode', 'function handler(event) { return event.request }'),
  ],
  ['the function is not published', property('ViewerRequest', 'AutoPublish', false)],
  ['the function runs in an older runtime', property('ViewerRequest', 'FunctionConfig.Runtime', 'cloudfront-js-1.0')],
]

const policies: readonly Sabotage[] = [
  ['hashed files are kept for a day', cache('hashed', 'MaxTTL', 86_400)],
  ['images are kept for at least a minute', cache('image', 'MinTTL', 60)],
  ['what says nothing is kept for a day', cache('other', 'DefaultTTL', 86_400)],
  ['brotli is not asked for', cacheKey('font', 'EnableAcceptEncodingBrotli', false)],
  ['gzip is not asked for', cacheKey('other', 'EnableAcceptEncodingGzip', false)],
  ['the query reaches the store', cacheKey('other', 'QueryStringsConfig.QueryStringBehavior', 'all')],
  ['each cookie makes another object', cacheKey('hashed', 'CookiesConfig.CookieBehavior', 'all')],
  ['pages may load anything', security('ContentSecurityPolicy.ContentSecurityPolicy', 'default-src *')],
  ['the store has the last word about what pages may do', security('ContentSecurityPolicy.Override', false)],
  ['pages may be framed', security('FrameOptions.FrameOption', 'SAMEORIGIN')],
  ['whole addresses are told to others', security('ReferrerPolicy.ReferrerPolicy', 'unsafe-url')],
  ['HTTPS is remembered for a minute', security('StrictTransportSecurity.AccessControlMaxAgeSec', 60)],
  [
    'the API has the last word about HTTPS',
    headers('ApiHeaders', 'SecurityHeadersConfig.StrictTransportSecurity.Override', false),
  ],
  [
    'pages of the API are told the policy of the site',
    headers('ApiHeaders', 'SecurityHeadersConfig.FrameOptions', { FrameOption: 'DENY', Override: true }),
  ],
  ['browsers may keep answers of the API', headers('ApiHeaders', 'CustomHeadersConfig.Items.0.Override', false)],
  ['no browser keeps a file', headers('StaticHeaders', 'CustomHeadersConfig.Items.0.Override', true)],
]

const buckets: readonly Sabotage[] = [
  ['earlier versions of files are lost', property('Store', 'VersioningConfiguration', gone)],
  ['files are deleted by their age', property('Store', 'LifecycleConfiguration.Rules.0.ExpirationInDays', 90)],
  [
    'the store may be opened to the public',
    property('Store', 'PublicAccessBlockConfiguration.BlockPublicPolicy', false),
  ],
  ['the access log may be opened to the public', property('AccessLogs', 'PublicAccessBlockConfiguration', gone)],
  ['the store is not encrypted', property('Store', 'BucketEncryption', gone)],
  ['the store goes with the stack', set('Store', 'DeletionPolicy', 'Delete')],
  ['the store goes when another takes its place', set('Store', 'UpdateReplacePolicy', 'Delete')],
  ['the access log goes with the stack', set('AccessLogs', 'DeletionPolicy', gone)],
  ['the access log is kept for ever', property('AccessLogs', 'LifecycleConfiguration', gone)],
  ['every distribution reads the store', statement('Store', '2.Condition', gone)],
  [
    'another distribution reads the store',
    statement('Store', '2.Condition.StringEquals', {
      'AWS:SourceArn': 'arn:aws:cloudfront::000000000000:distribution/OTHER',
    }),
  ],
  ['CloudFront may not list, and what is missing is a 403', statement('Store', '2.Action', 's3:GetObject')],
  ['CloudFront may write to the store', statement('Store', '2.Action', 's3:*')],
  [
    'anybody reads the store',
    change('StorePolicy', 'Properties.PolicyDocument.Statement', (was) => [...list(was), anybodyReads]),
  ],
  ['what is not for visitors is not refused', statement('Store', '1', gone)],
  ['the store is asked without TLS', statement('Store', '0', gone)],
  ['logs of other accounts are taken', statement('AccessLogs', '1.Condition', gone)],
  ['logs of any source are taken', statement('AccessLogs', '1.Condition.ArnLike', gone)],
]

const measurements: readonly Sabotage[] = [
  ['an alarm looks at another metric', alarm('cdnErrors', 'MetricName', '4xxErrorRate')],
  ['an alarm rings later', alarm('cdnErrors', 'Threshold', 5)],
  ['an alarm rings the wrong way round', alarm('hitRatio', 'ComparisonOperator', 'GreaterThanThreshold')],
  ['an alarm waits for longer', alarm('hitRatio', 'EvaluationPeriods', 12)],
  ['an alarm rings where nobody comes', alarm('hitRatio', 'TreatMissingData', 'breaching')],
  ['an alarm is about another distribution', alarm('cdnErrors', 'Dimensions.0.Value', 'OTHER')],
  ['an alarm is about one region', alarm('originLatency', 'Dimensions.1.Value', 'us-east-1')],
  ['an alarm looks at the worst minute', alarm('cdnErrors', 'Statistic', 'Maximum')],
  ['an alarm calls nobody', alarm('cdnErrors', 'AlarmActions', [])],
  ['nobody hears that it is over', property('CallsWarning', 'OKActions', [])],
  ['nobody hears of what can wait', property('CallsWarning', 'AlarmActions', [])],
  ['nobody hears of the latency', property('CallsWarning', 'AlarmRule', { Ref: 'monitoringhitRatio' })],
  ['one outage is two letters', property('CallsWarning', 'ActionsSuppressor', gone)],
  ['an alarm calls past what calls for all', alarm('hitRatio', 'AlarmActions', [{ Ref: 'Warning' }])],
  ['server errors can wait', alarm('cdnErrors', 'AlarmActions.0', { Ref: 'Warning' })],
  ['alarms may call nobody', statement('Critical', '1.Principal.Service', ['events.amazonaws.com'])],
  ['anybody may call', statement('Warning', '1.Condition', gone)],
  ['a key swallows what is critical', property('Critical', 'KmsMasterKeyId', 'alias/aws/sns')],
  ['somebody else is called', property('Criticalnightexamplecom', 'Endpoint', 'stranger@example.org')],
  ['the latency is the median', alarm('originLatency', 'ExtendedStatistic', 'p50')],
  [
    'the hit ratio is not measured',
    property(
      'DistributionMonitoringSubscription',
      'MonitoringSubscription.RealtimeMetricsSubscriptionConfig.RealtimeMetricsSubscriptionStatus',
      'Disabled',
    ),
  ],
  [
    'the log of another distribution is taken',
    property('AccessLogSource', 'ResourceArn', 'arn:aws:cloudfront::000000000000:distribution/OTHER'),
  ],
  [
    'the log goes into the store',
    property('AccessLogDestination', 'DestinationResourceArn', { 'Fn::GetAtt': ['Store', 'Arn'] }),
  ],
  ['the log is no JSON', property('AccessLogDestination', 'OutputFormat', 'w3c')],
  [
    'the log goes elsewhere',
    property('AccessLogDelivery', 'DeliveryDestinationArn', 'arn:aws:logs:us-east-1:000000000000:other'),
  ],
  [
    'the log tells nobody’s address',
    change('AccessLogDelivery', 'Properties.RecordFields', (was) => list(was).filter((name) => name !== 'c-ip')),
  ],
  ['the log begins before it may be written', set('AccessLogDelivery', 'DependsOn', gone)],
]

/** What a hand or a change of the code could do to the stack: each breaks something that is promised. */
export const sabotages: readonly Sabotage[] = [
  ...behaviours,
  ...origins,
  ...whole,
  ...policies,
  ...buckets,
  ...measurements,
]
