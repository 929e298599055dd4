import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, StorageClass } from 'aws-cdk-lib/aws-s3'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { BackupSettings } from '../settings.ts'
import { daysOf } from './retention.ts'

/** What users upload: every earlier version of a file is there, and grows cheaper with its age, and goes at last. */
export function uploads(scope: Construct, { files }: BackupSettings): Bucket {
  const bucket = new Bucket(scope, 'Uploads', {
    versioned: true,
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    // Earlier versions alone: what is served stays where it is, however old, and AWS Backup skips what lies in an archive.
    lifecycleRules: [
      {
        id: 'earlier-versions',
        noncurrentVersionTransitions: [
          {
            storageClass: StorageClass.INFREQUENT_ACCESS,
            transitionAfter: Duration.days(daysOf(files.infrequentAccess)),
          },
          { storageClass: StorageClass.GLACIER, transitionAfter: Duration.days(daysOf(files.archive)) },
        ],
        noncurrentVersionExpiration: Duration.days(daysOf(files.expiry)),
        expiredObjectDeleteMarker: true,
      },
      { id: 'unfinished', abortIncompleteMultipartUploadAfter: Duration.days(7) },
    ],
  })
  // AWS Backup follows changes by EventBridge. CDK's own switch brings a function that writes all notifications of the
  // bucket, and then there would be two who do.
  resourceOf(bucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }
  return bucket
}

function resourceOf({ node: { defaultChild } }: Bucket): CfnBucket {
  if (defaultChild instanceof CfnBucket) return defaultChild
  throw new Error('a bucket of CDK is no longer one resource')
}

/**
 * Has S3 copy each file to a bucket of another region, within minutes: AWS Backup's own copy is a day old at most. A deletion
 * goes there, too, as a marker: the version that it hides stays in both for as long as earlier versions do. Versions that
 * are deleted by their ids here stay there.
 */
export function replicate(scope: Construct, bucket: Bucket, to: string): void {
  const copy = `arn:aws:s3:::${to}`
  const role = new Role(scope, 'Replication', { assumedBy: new ServicePrincipal('s3.amazonaws.com') })
  const may = (resource: string, ...actions: readonly string[]) =>
    role.addToPolicy(new PolicyStatement({ actions: actions.map((action) => `s3:${action}`), resources: [resource] }))
  may(bucket.bucketArn, 'GetReplicationConfiguration', 'ListBucket')
  may(bucket.arnForObjects('*'), 'GetObjectVersionForReplication', 'GetObjectVersionAcl', 'GetObjectVersionTagging')
  may(`${copy}/*`, 'ReplicateObject', 'ReplicateDelete', 'ReplicateTags')
  resourceOf(bucket).replicationConfiguration = {
    role: role.roleArn,
    rules: [
      {
        id: 'elsewhere',
        status: 'Enabled',
        priority: 1,
        filter: { prefix: '' },
        deleteMarkerReplication: { status: 'Enabled' },
        destination: { bucket: copy },
      },
    ],
  }
}
