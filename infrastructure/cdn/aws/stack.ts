import {
  AccessLevel,
  AllowedMethods,
  type BehaviorOptions,
  CachedMethods,
  CachePolicy,
  CacheQueryStringBehavior,
  Distribution,
  Function as CloudFrontFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  type IOrigin,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3'
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Alarm } from '../../../src/core/alarm.ts'
import type { Severity } from '../../../src/core/severity.ts'
import { type Duration as Time, seconds } from '../../../src/core/units.ts'
import { type CallingAlarm, cloudWatchAlarms, periodOf } from '../../../src/targets/aws/alarm.ts'
import { callTogether, type Watching } from '../../../src/targets/aws/calls.ts'
import { reminders } from '../../../src/targets/aws/reminders.ts'
import { functionAlarms } from '../../../src/targets/aws/function-alarms.ts'
import { alarmsOfFunctions } from '../../../src/core/own-function.ts'
import { siteFunctions } from './own-functions.ts'
import { type Called, topics } from '../../../src/targets/aws/topics.ts'
import type { AssetClass } from '../classes.ts'
import { type CdnSettings, contentSecurityPolicyOf } from '../settings.ts'
import { accessLogs } from './access-logs.ts'
import { outputs } from './outputs.ts'
import { agedPatterns, apiPatterns } from './path-patterns.ts'
import { keys } from './site-store.ts'
import { apiRequest, viewerRequest, viewerResponse } from './viewer-request.ts'

/** An alarm, and whom it calls. */
export type UrgentAlarm = Alarm & { readonly severity: Severity }

export type CdnStackProps = StackProps & {
  /** Name of the instance: begins the names of what has to have one. */
  readonly name: string
  readonly settings: CdnSettings
  /** The site's own name, with the certificate in us-east-1 that is made out to it; without them CloudFront's own. */
  readonly own?: { readonly domain: string; readonly certificate: string } | undefined
  /** Where the API answers, without a path, and how long it is waited for; undefined where the site has none. */
  readonly api?: { readonly url: URL; readonly timeout: Time } | undefined
  readonly alarms: readonly UrgentAlarm[]
  readonly called: Called
  readonly remindEvery: Time
}

/** No error is ever kept by an edge: CloudFront's own default is 10 s (Developer Guide, "Error caching minimum TTL"). */
const errorStatuses = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]

/**
 * CloudFront before a private bucket. Whole in us-east-1: the certificates, metrics, alarms and access logs of a
 * distribution exist there alone.
 */
export class CdnStack extends Stack {
  constructor(scope: Construct, id: string, props: CdnStackProps) {
    super(scope, id, props)
    const { name, settings, own, api } = props
    const store = new Bucket(this, 'Store', {
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // It stays when the stack is deleted; where the stack's very first deployment fails, it goes, as it is empty.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      // By age goes only what was overwritten or never finished: what is served stays, however old it is.
      lifecycleRules: [
        { id: 'overwritten', noncurrentVersionExpiration: Duration.days(90), expiredObjectDeleteMarker: true },
        { id: 'unfinished', abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
    })
    // CDK's types are not written for exactOptionalPropertyTypes: its own bucket is none of its IBuckets.
    const origin = S3BucketOrigin.withOriginAccessControl(store as IBucket, {
      // Without LIST a missing file is a 403, which nobody could tell from a closed store.
      originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
      // Beside the bucket, as CloudFront's guide has it: the shield is where what it asks is.
      originShieldRegion: this.region,
    })
    // The function hides it already; a behaviour that runs without it would send the manifests to anybody.
    store.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        actions: ['s3:GetObject'],
        resources: [store.arnForObjects(`${keys.own}*`)],
      }),
    )
    const behaviour = staticBehaviour(this, name, settings, origin)
    const distribution = new Distribution(this, 'Distribution', {
      comment: `${name}: made by edge`,
      ...(own
        ? {
            domainNames: [own.domain],
            certificate: Certificate.fromCertificateArn(this, 'Certificate', own.certificate),
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
          }
        : {}),
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_ALL,
      defaultRootObject: 'index.html',
      publishAdditionalMetrics: true,
      defaultBehavior: behaviour('other'),
      additionalBehaviors: {
        ...(api ? apiBehaviours(this, name, settings, api) : {}),
        ...agedBehaviours(settings, behaviour),
      },
      errorResponses: errorStatuses.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
    })
    const logs = accessLogs(this, name, distribution)
    // Of its own: the alarms of a distribution exist in us-east-1 alone, and call no topic of another region.
    const calling = topics(this, `${name}-site`, props.called, { rules: false })
    const watching = props.alarms.map((its) =>
      alarm(this, name, distribution, { ...its, topic: calling[its.severity].topicArn }),
    )
    callTogether(this, `${name}-site`, watching)
    const ofFunctions = alarmsOfFunctions(siteFunctions({ hasWebhook: props.called.webhookSecret !== undefined }))
    reminders(this, `${name}-site`, {
      instance: name,
      topics: calling,
      reminded: [{ stack: `${name}-site`, alarms: props.alarms }, { alarms: ofFunctions }],
      every: props.remindEvery,
    })
    functionAlarms(
      this,
      name,
      ofFunctions.map((one) => ({ ...one, topic: calling[one.severity].topicArn })),
    )
    new CfnOutput(this, outputs.address, { value: `https://${own?.domain ?? distribution.distributionDomainName}` })
    new CfnOutput(this, outputs.bucket, { value: store.bucketName })
    new CfnOutput(this, outputs.logs, { value: logs.bucketName })
    new CfnOutput(this, outputs.distribution, { value: distribution.distributionId })
    new CfnOutput(this, outputs.distributionName, { value: distribution.distributionDomainName })
  }
}

type BehaviourOf = (name: AssetClass) => BehaviorOptions

/** How static files are answered: for each class of them the same but for how long CloudFront may keep it. */
function staticBehaviour(stack: Stack, name: string, settings: CdnSettings, origin: IOrigin): BehaviourOf {
  const viewer = new CloudFrontFunction(stack, 'ViewerRequest', {
    functionName: `${name}-viewer-request`,
    comment: 'a path leads to its page, names that begin with a dot are hidden',
    code: FunctionCode.fromInline(viewerRequest(settings.pages, settings.fileTypes)),
    runtime: FunctionRuntime.JS_2_0,
  })
  // Of many pages no answer depends on who asks.
  const response =
    settings.pages === 'app'
      ? new CloudFrontFunction(stack, 'ViewerResponse', {
          functionName: `${name}-viewer-response`,
          comment: 'says what the answer to a path of the app depends on (Vary)',
          code: FunctionCode.fromInline(viewerResponse(settings.fileTypes)),
          runtime: FunctionRuntime.JS_2_0,
        })
      : undefined
  const policy = contentSecurityPolicyOf(settings)
  const headers = new ResponseHeadersPolicy(stack, 'StaticHeaders', {
    responseHeadersPolicyName: `${name}-static`,
    // Every file says itself how long it may be kept; what says nothing is an error of the store, which nobody keeps.
    customHeadersBehavior: { customHeaders: [{ header: 'Cache-Control', value: 'no-store', override: false }] },
    securityHeadersBehavior: {
      ...securityHeaders(settings),
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override: true },
      frameOptions: { frameOption: HeadersFrameOption[settings.frames], override: true },
      ...(policy === undefined ? {} : { contentSecurityPolicy: { contentSecurityPolicy: policy, override: true } }),
    },
  })
  const { hashedAssets, images, fonts } = settings.cache
  // What the objects themselves say holds within these bounds; what says nothing is asked for anew.
  const longest = { hashed: hashedAssets, image: images, font: fonts, other: hashedAssets }
  const policies = new Map<AssetClass, CachePolicy>()
  const policyOf = (kind: AssetClass): CachePolicy => {
    const made =
      policies.get(kind) ??
      new CachePolicy(stack, `Cache-${kind}`, {
        cachePolicyName: `${name}-${kind}`,
        minTtl: Duration.seconds(0),
        defaultTtl: Duration.seconds(0),
        maxTtl: Duration.seconds(seconds(longest[kind])),
        enableAcceptEncodingBrotli: true,
        enableAcceptEncodingGzip: true,
        // A query changes nothing about a file; and forwarded to the store it could list it.
        queryStringBehavior: CacheQueryStringBehavior.none(),
      })
    policies.set(kind, made)
    return made
  }
  return (kind) => ({
    origin,
    viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
    allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
    cachedMethods: CachedMethods.CACHE_GET_HEAD,
    compress: true,
    cachePolicy: policyOf(kind),
    responseHeadersPolicy: headers,
    functionAssociations: [
      { function: viewer, eventType: FunctionEventType.VIEWER_REQUEST },
      ...(response ? [{ function: response, eventType: FunctionEventType.VIEWER_RESPONSE }] : []),
    ],
  })
}

/** One behaviour for each folder of hashed files, which come first, and for each extension that has a class of its own. */
function agedBehaviours(settings: CdnSettings, behaviour: BehaviourOf): Record<string, BehaviorOptions> {
  return Object.fromEntries(agedPatterns(settings).map(({ pattern, class: kind }) => [pattern, behaviour(kind)]))
}

/** Everything of the API goes through, with what it says of its own pages; nothing of it is kept, whatever it says. */
function apiBehaviours(
  stack: Stack,
  name: string,
  settings: CdnSettings,
  { url: api, timeout }: NonNullable<CdnStackProps['api']>,
): Record<string, BehaviorOptions> {
  const headers = new ResponseHeadersPolicy(stack, 'ApiHeaders', {
    responseHeadersPolicyName: `${name}-api`,
    securityHeadersBehavior: securityHeaders(settings),
    customHeadersBehavior: { customHeaders: [{ header: 'Cache-Control', value: 'no-store', override: true }] },
  })
  const request = new CloudFrontFunction(stack, 'ApiRequest', {
    functionName: `${name}-api-request`,
    comment: 'takes out what a client claims of itself, its address above all',
    code: FunctionCode.fromInline(apiRequest()),
    runtime: FunctionRuntime.JS_2_0,
  })
  const port = api.port === '' ? {} : { httpsPort: Number(api.port) }
  const behaviour: BehaviorOptions = {
    origin: new HttpOrigin(api.hostname, {
      ...port,
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      readTimeout: Duration.seconds(seconds(timeout)),
      connectionTimeout: Duration.seconds(2),
    }),
    viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    responseHeadersPolicy: headers,
    functionAssociations: [{ function: request, eventType: FunctionEventType.VIEWER_REQUEST }],
    compress: true,
  }
  return Object.fromEntries(apiPatterns.map((pattern) => [pattern, behaviour]))
}

const securityHeaders = ({ hsts }: CdnSettings) => ({
  strictTransportSecurity: { accessControlMaxAge: Duration.seconds(seconds(hsts)), override: true },
  contentTypeOptions: { override: true },
})

function alarm(stack: Stack, name: string, { distributionId }: Distribution, its: CallingAlarm): Watching {
  const metric = new Metric({
    namespace: 'AWS/CloudFront',
    metricName: its.metric.name,
    statistic: its.metric.statistic,
    period: periodOf(its),
    dimensionsMap: { DistributionId: distributionId, Region: 'Global' },
  })
  return { alarm: its, made: cloudWatchAlarms(stack, name, its, metric) }
}
