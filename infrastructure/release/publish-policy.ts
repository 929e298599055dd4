/** What a right is given on. */
type On = 'stack' | 'bucket' | 'logs' | 'objects' | 'distribution' | 'functions' | 'settings'

/**
 * The commands of the SDK by which a release is published, listed, pruned, rolled back and verified, and the rights that
 * each needs, by what they are given on. A test compares them with what the code imports.
 */
const ofBoth = (right: string) => ({ bucket: [right], logs: [right] })

export const rightsOf: Readonly<Record<string, Readonly<Partial<Record<On, readonly string[]>>>>> = {
  // Whoever signs may ask who it is.
  GetCallerIdentityCommand: {},
  DescribeStacksCommand: { stack: ['cloudformation:DescribeStacks'] },
  // By what follows it is verified that nobody changed the site by hand where a visitor does not see it.
  paginateListStackResources: { stack: ['cloudformation:ListStackResources'] },
  GetDistributionConfigCommand: { distribution: ['cloudfront:GetDistributionConfig'] },
  GetFunctionCommand: { functions: ['cloudfront:GetFunction'] },
  DescribeFunctionCommand: { functions: ['cloudfront:DescribeFunction'] },
  GetCachePolicyConfigCommand: { settings: ['cloudfront:GetCachePolicyConfig'] },
  GetOriginAccessControlConfigCommand: { settings: ['cloudfront:GetOriginAccessControlConfig'] },
  GetResponseHeadersPolicyConfigCommand: { settings: ['cloudfront:GetResponseHeadersPolicyConfig'] },
  GetBucketEncryptionCommand: ofBoth('s3:GetEncryptionConfiguration'),
  GetBucketLifecycleConfigurationCommand: ofBoth('s3:GetLifecycleConfiguration'),
  GetBucketPolicyCommand: ofBoth('s3:GetBucketPolicy'),
  GetPublicAccessBlockCommand: ofBoth('s3:GetBucketPublicAccessBlock'),
  GetBucketVersioningCommand: { bucket: ['s3:GetBucketVersioning'] },
  // Without it, what is missing could not be told from what is forbidden.
  paginateListObjectsV2: { bucket: ['s3:ListBucket'] },
  GetObjectCommand: { objects: ['s3:GetObject'] },
  PutObjectCommand: { objects: ['s3:PutObject'] },
  CopyObjectCommand: { objects: ['s3:GetObject', 's3:PutObject'] },
  // Only the newest version: those before go by the bucket's own lifecycle.
  DeleteObjectCommand: { objects: ['s3:DeleteObject'] },
  DeleteObjectsCommand: { objects: ['s3:DeleteObject'] },
  CreateInvalidationCommand: { distribution: ['cloudfront:CreateInvalidation'] },
  GetInvalidationCommand: { distribution: ['cloudfront:GetInvalidation'] },
}

/**
 * The words in capitals are the site's own: its account, the instance's name, and three outputs of its stack. Of policies
 * CloudFront makes up the ids, and no output has them.
 */
const resources: Readonly<Record<On, string | readonly string[]>> = {
  stack: 'arn:aws:cloudformation:us-east-1:ACCOUNT:stack/NAME-cdn/*',
  bucket: 'arn:aws:s3:::BUCKET',
  logs: 'arn:aws:s3:::LOGS',
  objects: 'arn:aws:s3:::BUCKET/*',
  distribution: 'arn:aws:cloudfront::ACCOUNT:distribution/DISTRIBUTION',
  functions: 'arn:aws:cloudfront::ACCOUNT:function/NAME-*',
  settings: ['cache-policy', 'origin-access-control', 'response-headers-policy'].map(
    (kind) => `arn:aws:cloudfront::ACCOUNT:${kind}/*`,
  ),
}
const kinds: readonly On[] = ['stack', 'bucket', 'logs', 'objects', 'distribution', 'functions', 'settings']

/** The least that a pipeline needs that only publishes. */
export const publishPolicy = {
  Version: '2012-10-17',
  Statement: kinds.map((on) => ({
    Effect: 'Allow',
    Action: [...new Set(Object.values(rightsOf).flatMap((rights) => rights[on] ?? []))].toSorted(),
    Resource: resources[on],
  })),
}
