import { randomUUID } from 'node:crypto'
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
import { isAlive, ownPid } from '../../../src/core/process.ts'
import { parsedJson } from '../../../src/targets/local/files.ts'

const lockSchema = z.object({
  verb: z.string(),
  by: z.string(),
  host: z.string(),
  pid: z.number(),
  /** Of the one time that it was taken: containers may share a host's name and a pid. */
  id: z.string().optional(),
  /** When it was taken, or renewed last, by the clock of who holds it: for people to read. */
  at: z.string(),
})
type Lock = z.output<typeof lockSchema>

const renewedEveryMs = 20_000
/** Whoever was killed on another machine renews no more; three renewals may fail before that is believed. */
const leftAfterMs = 90_000
/** A write that begins within this time of the last renewal has ended before anybody else may take the site over. */
const believedForMs = 60_000

type Place = { readonly client: S3Client; readonly bucket: string; readonly key: string }
type Holder = { readonly verb: string; readonly by: string; readonly now: () => Date }
type Condition = Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>

/**
 * Holds a site for one publication at a time, from whichever machine: S3 writes the lock only where there is none, or in
 * the place of the very one that was left by a command that was killed. Throws OperatorError where another one is at work.
 */
export async function whileLocked<Result>(
  place: Place,
  holder: Holder,
  work: (lock: HeldLock) => Promise<Result>,
): Promise<Result> {
  const lock = new HeldLock(place, holder)
  await lock.take()
  // A renewal that fails is tried again by the next one, and the work goes on; what is lost, its next write is told.
  const timer = setInterval(() => void lock.heldNow().catch(() => undefined), renewedEveryMs)
  try {
    return await work(lock)
  } finally {
    clearInterval(timer)
    await lock.release()
  }
}

/** The lock of one command that is at work, or of one that was for too long not heard of. */
export class HeldLock {
  readonly #place: Place
  readonly #holder: Holder
  readonly #id = randomUUID()
  #etag: string | undefined
  /** By the clock on the wall: that of timers stands still while a machine sleeps. */
  #renewedAt = 0
  #lost: OperatorError | undefined
  /** One renewal after the other: each rests on what S3 answered to the one before. */
  #last: Promise<void> = Promise.resolve()

  constructor(place: Place, holder: Holder) {
    this.#place = place
    this.#holder = holder
  }

  async take(): Promise<void> {
    const held = await read(this.#place)
    const free = held === undefined ? { IfNoneMatch: '*' } : isLeft(held) ? { IfMatch: held.etag } : undefined
    if (free === undefined) throw atWork(held?.lock, this.#place)
    await this.#write(free, atWork)
  }

  /** Throws OperatorError where another command has taken the site over; S3 is asked where it was not for a while. */
  held(): Promise<void> {
    return this.#inTurn(async () => {
      const age = this.#holder.now().getTime() - this.#renewedAt
      if (age >= believedForMs) await this.#renew()
    })
  }

  /** The same, and S3 is asked in any case. */
  heldNow(): Promise<void> {
    return this.#inTurn(() => this.#renew())
  }

  #inTurn(ask: () => Promise<void>): Promise<void> {
    const asked = this.#last.then(() => (this.#lost ? Promise.reject(this.#lost) : ask()))
    this.#last = asked.catch(() => undefined)
    return asked
  }

  #renew(): Promise<void> {
    return this.#write({ IfMatch: this.#etag }, takenOver)
  }

  async #write(only: Condition, refused: (by: Lock | undefined, place: Place) => OperatorError): Promise<void> {
    const { client, bucket, key } = this.#place
    const { verb, by, now } = this.#holder
    const at = now()
    const lock: Lock = { verb, by, host: hostname(), pid: ownPid, id: this.#id, at: at.toISOString() }
    const put = new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(lock), ...only })
    this.#etag = await client.send(put).then(
      ({ ETag: etag }) => etag,
      async (error: unknown) => {
        if (!isLost(error)) throw error
        const found = await read(this.#place)
        // Written before, and the answer was lost: what was sent again then finds its own lock in its way.
        if (found?.lock?.id === this.#id) return found.etag
        this.#lost = refused(found?.lock, this.#place)
        throw this.#lost
      },
    )
    this.#renewedAt = at.getTime()
  }

  async release(): Promise<void> {
    await this.#last
    const { client, bucket, key } = this.#place
    await client
      .send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: this.#etag }))
      // Another command has it by now, and takes it away itself; or S3 cannot be asked, and it is left in a while. The
      // work has ended as it has ended: what is thrown here would be told in its place.
      .catch(() => undefined)
  }
}

/** A lock as S3 has it; `ageMs` is since it was renewed last, and `lock` undefined where it is damaged. */
type Found = { readonly etag: string | undefined; readonly lock: Lock | undefined; readonly ageMs: number }

const dated = z.object({ headers: z.object({ date: z.string() }) })

async function read({ client, bucket, key }: Place): Promise<Found | undefined> {
  const asked = new GetObjectCommand({ Bucket: bucket, Key: key })
  let answeredAt = Number.NaN
  asked.middlewareStack.add(
    (next) => async (given) => {
      const result = await next(given)
      answeredAt = Date.parse(dated.safeParse(result.response).data?.headers.date ?? '')
      return result
    },
    { step: 'deserialize' },
  )
  try {
    const { Body: body, ETag: etag, LastModified: renewed } = await client.send(asked)
    // Both by S3's clock: of two machines' clocks one may be minutes ahead, and take a lock that was renewed just now.
    const ageMs = answeredAt - (renewed?.getTime() ?? Number.NaN)
    const text = (await body?.transformToString()) ?? ''
    return { etag, lock: parsedJson(text, lockSchema), ageMs }
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined
    throw error
  }
}

/** Whether the command that took it is gone: seen at once on its own machine, after a while from elsewhere. */
function isLeft({ lock, ageMs }: Found): boolean {
  if (lock?.host === hostname() && !isAlive(lock.pid)) return true
  return ageMs > leftAfterMs
}

/** Another command was quicker: 412, or 404 where what had to match was deleted, or 409 where two write at once. */
const isLost = (error: unknown): boolean =>
  error instanceof S3ServiceException && [404, 409, 412].includes(error.$metadata.httpStatusCode ?? 0)

const inWords = (lock: Lock | undefined): string =>
  lock ? `edge ${lock.verb} (${lock.by}, pid ${lock.pid} on ${lock.host})` : 'another command'

function atWork(lock: Lock | undefined, { bucket, key }: Place): OperatorError {
  return new OperatorError('lock', `${inWords(lock)} is at work on this site`, [
    'wait for its end, then run this again',
    `was it killed? its lock, s3://${bucket}/${key}, counts for ${leftAfterMs / 1000} seconds`,
  ])
}

function takenOver(lock: Lock | undefined): OperatorError {
  const what = `${inWords(lock)} took this site over: this one was not heard of for ${leftAfterMs / 1000} seconds`
  return new OperatorError('lock', what, [
    'nothing more was written, and what is live is what that one makes so: edge releases --target aws',
    'did this machine sleep, or lose its network? wait for the end of the other one, then run this again',
  ])
}
