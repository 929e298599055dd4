import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, StorageClass } from 'aws-cdk-lib/aws-s3'
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
  const { defaultChild } = bucket.node
  if (!(defaultChild instanceof CfnBucket)) throw new Error('a bucket of CDK is no longer one resource')
  defaultChild.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }
  return bucket
}
