import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  NoSuchBucket,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { Interrupted, OperatorError } from '../../core/errors.ts'
import { onEmulator } from './on-emulator.ts'

/** Of a log that is still written to, something may come between the look and the deletion. */
const tries = 5

type Watch = { readonly signal: AbortSignal; readonly onDeleted: (count: number) => void }

/**
 * Deletes every version of every object in a bucket; one that is gone already is done. Throws OperatorError where S3
 * keeps an object, Interrupted between two thousands of them.
 */
export const emptyBucket = (bucket: string, region: string, watch: Watch): Promise<void> =>
  whereThere(region, (client) => empty(client, bucket, watch))

/** Deletes a bucket with all that is in it, as `emptyBucket` does. */
export const deleteBucket = (bucket: string, region: string, watch: Watch): Promise<void> =>
  whereThere(region, async (client) => {
    for (let left = tries; ; left -= 1) {
      await empty(client, bucket, watch)
      if (await isDeleted(client, bucket)) return
      if (left === 0)
        throw new OperatorError(
          bucket,
          'is filled while it is emptied',
          'empty it in the console of S3, which deletes its versions, too; then delete it there',
        )
    }
  })

async function whereThere(region: string, work: (client: S3Client) => Promise<void>): Promise<void> {
  const client = new S3Client({ region, forcePathStyle: onEmulator() })
  try {
    await work(client)
  } catch (error) {
    if (!(error instanceof NoSuchBucket)) throw error
  } finally {
    client.destroy()
  }
}

async function empty(client: S3Client, bucket: string, { signal, onDeleted }: Watch): Promise<void> {
  for (let count = 0; ; onDeleted(count)) {
    if (signal.aborted) throw new Interrupted()
    // At most a thousand, which is what one deletion takes; what was deleted is not listed again.
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }))
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }))
    if (Objects.length === 0) return
    const { Errors: [error] = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    )
    if (error) throw new OperatorError(bucket, `${error.Key}: ${error.Message}`, 'the same command goes on with it')
    count += Objects.length
  }
}

async function isDeleted(client: S3Client, bucket: string): Promise<boolean> {
  try {
    await client.send(new DeleteBucketCommand({ Bucket: bucket }))
    return true
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'BucketNotEmpty') return false
    throw error
  }
}
