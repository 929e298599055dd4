import type { Distribution } from 'aws-cdk-lib/aws-cloudfront'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource } from 'aws-cdk-lib/aws-logs'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { ArnFormat, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib/core'
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
  const { policyDependable: policy } = bucket.addToResourcePolicy(mayWrite(stack, bucket))
  if (policy) delivery.node.addDependency(policy)
  return bucket
}

/**
 * Word for word as CloudFront's guide has it ("Standard logging", permissions to S3): where a bucket says it otherwise, AWS adds
 * this statement itself, which would be a change by a hand to every plan.
 */
function mayWrite(stack: Stack, bucket: Bucket): PolicyStatement {
  const source = stack.formatArn({
    service: 'logs',
    region: 'us-east-1',
    resource: 'delivery-source',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
  return new PolicyStatement({
    sid: 'AWSLogDeliveryWrite',
    principals: [new ServicePrincipal('delivery.logs.amazonaws.com')],
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects('*')],
    conditions: {
      StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceAccount': stack.account },
      ArnLike: { 'aws:SourceArn': source },
    },
  })
}
