import { hostname } from 'node:os'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { z } from 'zod'
import { OperatorError } from '../../../src/core/errors.ts'

const lockSchema = z.object({
  verb: z.string(),
  by: z.string(),
  host: z.string(),
  pid: z.number(),
  /** When it was taken, or renewed last. */
  at: z.string(),
})
type Lock = z.output<typeof lockSchema>

const renewedEveryMs = 20_000
/** Whoever was killed on another machine renews no more; three renewals may fail before that is believed. */
const leftAfterMs = 90_000

/**
 * Holds a site for one publication at a time, from whichever machine: S3 writes the lock only where there is none, or in
 * the place of the very one that was left by a command that was killed. Throws OperatorError where another one is at work.
 */
export async function whileLocked<Result>(
  { client, bucket, key }: { readonly client: S3Client; readonly bucket: string; readonly key: string },
  { verb, by, now }: { readonly verb: string; readonly by: string; readonly now: () => Date },
  work: () => Promise<Result>,
): Promise<Result> {
  const put = async (only: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>): Promise<string | undefined> => {
    const lock: Lock = { verb, by, host: hostname(), pid: process.pid, at: now().toISOString() }
    const answer = await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(lock), ...only }),
    )
    return answer.ETag
  }
  const held = await read(client, bucket, key)
  const free = held === undefined ? { IfNoneMatch: '*' } : isLeft(held.lock, now()) ? { IfMatch: held.etag } : undefined
  if (free === undefined) throw atWork(held?.lock, `s3://${bucket}/${key}`)
  let etag = await put(free).catch(async (error: unknown) => {
    if (!isLost(error)) throw error
    throw atWork((await read(client, bucket, key))?.lock, `s3://${bucket}/${key}`)
  })
  // A renewal that fails is tried again by the next one; the work goes on.
  let renewing = Promise.resolve()
  const renew = async (): Promise<void> => {
    etag = (await put({ IfMatch: etag }).catch(() => undefined)) ?? etag
  }
  const timer = setInterval(() => (renewing = renewing.then(renew)), renewedEveryMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await renewing
    await client
      .send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }))
      // Another command has it by now, and takes it away itself.
      .catch((error: unknown) => (isLost(error) ? undefined : Promise.reject(error)))
  }
}

async function read(client: S3Client, bucket: string, key: string) {
  try {
    const { Body: body, ETag: etag } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return { etag, lock: lockSchema.safeParse(JSON.parse((await body?.transformToString()) ?? '')).data }
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined
    if (error instanceof SyntaxError) return { etag: undefined, lock: undefined }
    throw error
  }
}

/** Whether the command that took it is gone: seen at once on its own machine, after a while from elsewhere. */
function isLeft(lock: Lock | undefined, now: Date): boolean {
  if (lock === undefined) return false
  if (lock.host === hostname() && !isAlive(lock.pid)) return true
  return now.getTime() - Date.parse(lock.at) > leftAfterMs
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Another command was quicker: 412, or 404 where what had to match was deleted, or 409 where two write at once. */
const isLost = (error: unknown): boolean =>
  error instanceof S3ServiceException && [404, 409, 412].includes(error.$metadata.httpStatusCode ?? 0)

function atWork(lock: Lock | undefined, object: string): OperatorError {
  const who = lock ? `edge ${lock.verb} (${lock.by}, pid ${lock.pid} on ${lock.host})` : 'another command'
  return new OperatorError('lock', `${who} is at work on this site`, [
    'wait for its end, then run this again',
    `was it killed? its lock, ${object}, counts for ${leftAfterMs / 1000} seconds`,
  ])
}
