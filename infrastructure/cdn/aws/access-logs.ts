import type { Distribution } from 'aws-cdk-lib/aws-cloudfront'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource } from 'aws-cdk-lib/aws-logs'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib/core'
import { cloudFrontFields } from '../log-fields.ts'

/** CloudFront's access log as lines of JSON with the fields that nginx writes, too: one query reads both. */
export function accessLogs(stack: Stack, name: string, distribution: Distribution): Bucket {
  const bucket = new Bucket(stack, 'AccessLogs', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    lifecycleRules: [{ id: 'old', expiration: Duration.days(90) }],
  })
  const source = new CfnDeliverySource(stack, 'AccessLogSource', {
    name: `${name}-access-log`,
    logType: 'ACCESS_LOGS',
    resourceArn: distribution.distributionArn,
  })
  const destination = new CfnDeliveryDestination(stack, 'AccessLogDestination', {
    name: `${name}-access-log`,
    destinationResourceArn: bucket.bucketArn,
    outputFormat: 'json',
  })
  const delivery = new CfnDelivery(stack, 'AccessLogDelivery', {
    deliverySourceName: source.name,
    deliveryDestinationArn: destination.attrArn,
    recordFields: [...cloudFrontFields],
  })
  delivery.addResourceDependency(source)
  const granted = bucket.grantPut(
    new ServicePrincipal('delivery.logs.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  )
  granted.applyBefore(delivery)
  return bucket
}
