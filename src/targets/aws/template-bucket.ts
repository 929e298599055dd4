import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { OperatorError } from '../../core/errors.ts'
import { onEmulator } from './on-emulator.ts'
import { awsRefusal } from './refusal.ts'
import { partsOf } from './template-address.ts'

/** A bucket of this account; whoever else has taken the name gets nothing, and nothing is read from there. */
type Own = { readonly bucket: string; readonly account: string; readonly region: string }
type Upload = { readonly address: string; readonly text: string } & Omit<Own, 'bucket'>

/**
 * Puts a template where CloudFormation reads it, in a bucket that is made where there is none. S3 deletes it after a day: a
 * change set has read it when it is made. Throws OperatorError where the bucket is somebody else's, or S3 refuses.
 */
export async function uploadTemplate({ address, text, ...of }: Upload): Promise<void> {
  const { bucket, key: Key } = partsOf(address)
  await withClient({ ...of, bucket }, async (client, its) => {
    await ensureBucket(client, { ...of, bucket }, its)
    const how = { ContentType: 'application/yaml', ServerSideEncryption: 'AES256' } as const
    await client.send(new PutObjectCommand({ ...its, Key, Body: text, ...how }))
  })
}

/** Whether there is such a bucket of this account, as far as these credentials may see it. */
export const isThere = async (own: Own): Promise<boolean> =>
  withClient(own, async (client, its) => (await look(client, its)) === 'ours')

type Its = { readonly Bucket: string; readonly ExpectedBucketOwner: string }

async function withClient<Result>(
  { bucket, account, region }: Own,
  work: (client: S3Client, its: Its) => Promise<Result>,
): Promise<Result> {
  const client = new S3Client({ region, forcePathStyle: onEmulator() })
  try {
    return await work(client, { Bucket: bucket, ExpectedBucketOwner: account })
  } catch (error) {
    const refused = awsRefusal(error)
    if (!refused) throw error
    // What CloudFormation was asked for is named by others; this is asked of S3, for it.
    const why = 'a template too large to be sent itself goes through this bucket; docs/aws.md names the rights'
    throw new OperatorError(bucket, refused.message, [...refused.hints, why], refused.exitCode)
  } finally {
    client.destroy()
  }
}

/** Every time anew: whoever was killed in between left a bucket without all of it. */
async function ensureBucket(client: S3Client, own: Own, its: Its): Promise<void> {
  const found = await look(client, its)
  if (found === 'not ours') throw notOurs(own)
  if (found === 'none') await create(client, own)
  const closed = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }
  await client.send(new PutPublicAccessBlockCommand({ ...its, PublicAccessBlockConfiguration: closed }))
  await client.send(new PutBucketPolicyCommand({ ...its, Policy: JSON.stringify(overTlsAlone(own.bucket)) }))
  await client.send(new PutBucketLifecycleConfigurationCommand({ ...its, LifecycleConfiguration: { Rules: [oneDay] } }))
}

const oneDay = { ID: 'OneDay', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } } as const

const overTlsAlone = (bucket: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'OverTlsAlone',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
})

/** Of a bucket of another account, or in another region, S3 says no more than that it is not to be had. */
async function look(client: S3Client, its: Its): Promise<'ours' | 'none' | 'not ours'> {
  try {
    await client.send(new HeadBucketCommand(its))
    return 'ours'
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
    if (status === 404) return 'none'
    if (status === 403 || status === 301) return 'not ours'
    throw error
  }
}

async function create(client: S3Client, own: Own): Promise<void> {
  try {
    // The SDK says in which region.
    await client.send(new CreateBucketCommand({ Bucket: own.bucket }))
  } catch (error) {
    const name = error instanceof S3ServiceException ? error.name : ''
    if (name === 'BucketAlreadyExists') throw notOurs(own)
    // Another command was faster.
    if (name !== 'BucketAlreadyOwnedByYou') throw error
  }
}

const notOurs = ({ bucket, account, region }: Own): OperatorError =>
  new OperatorError(
    bucket,
    `is no bucket of the account ${account} in ${region}, or these credentials may not look at it`,
    [
      'a template too large to be sent itself goes through this bucket; docs/aws.md names the rights',
      'does somebody else have it? another name of the instance makes another; fewer addresses in aws.notify make do without',
    ],
  )
