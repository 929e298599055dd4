import { readFile } from 'node:fs/promises'
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import mime from 'mime'
import { z } from 'zod'
import { OperatorError } from '../../../src/core/errors.ts'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { onEmulator } from '../../../src/targets/aws/on-emulator.ts'
import { jsonOfMachines } from '../file-types.ts'
import { type Flip, flipSchema, type Release, releaseSchema } from '../releases/release.ts'
import { changedMeanwhile, hashOf } from '../releases/tree.ts'
import { type HeldLock, whileLocked } from './site-lock.ts'

/** Where things lie in the bucket. What begins with a dot is never sent to visitors (routing.ts). */
export const keys = {
  manifests: '.edge/manifests/',
  manifest: (id: string) => `.edge/manifests/${id}.json`,
  /** Files whose names stand for no one content, by release: from here they are copied to where visitors ask. */
  files: (id: string) => `.edge/releases/${id}/`,
  staged: '.edge/releases/',
  flips: '.edge/flips/',
  flip: (at: string) => `.edge/flips/${at.replaceAll(/[:.]/g, '-')}.json`,
  live: '.edge/live.json',
  lock: '.edge/lock.json',
  own: '.edge/',
} as const

/** Where a file of a release lies that is copied from there. */
export const stagedAt = (id: string, name: string): string => `${keys.files(id)}${name}`

const liveSchema = z.object({
  release: z.string().optional(),
  /** The release whose files are being copied to where visitors ask, or were, by a command that was killed. */
  switchingTo: z.string().optional(),
  /** What that command was to do. An older version did not say so. */
  how: flipSchema.shape.how.optional(),
})
/** DeleteObjects takes so many at once (S3 API reference). */
const mostDeleted = 1000

/** That a release is being made live: to which one, and whether by a publication or a rollback. */
export type Switch = { readonly to: string; readonly how: Flip['how'] }

/** What visitors are told of a file: its type by its name, and how long it may be kept. */
type Shown = { readonly name: string; readonly cacheControl: string }
const headersOf = ({ name, cacheControl }: Shown) => ({ ContentType: typeOf(name), CacheControl: cacheControl })

/** Of one request: of thousands, some meet a connection that breaks, or an S3 that asks for patience. */
const tries = 8

/** The history that is read: a request for each, and nobody goes back so far. */
const mostFlips = 500

/** The bucket of a site, as objects with names. */
export class SiteStore {
  readonly #client: S3Client
  /** While the site is held: each write asks it whether that is still so. */
  #lock: HeldLock | undefined
  readonly bucket: string

  constructor(bucket: string, region: string) {
    this.bucket = bucket
    // The emulator has no names for buckets below its own; S3 takes both forms.
    const forcePathStyle = onEmulator()
    this.#client = new S3Client({ region, forcePathStyle, maxAttempts: tries })
  }

  close(): void {
    this.#client.destroy()
  }

  /** Every key below a prefix. */
  async list(prefix: string): Promise<readonly string[]> {
    const found: string[] = []
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.bucket, Prefix: prefix })
    for await (const { Contents: objects = [] } of pages) found.push(...objects.flatMap(({ Key: key }) => key ?? []))
    return found
  }

  /** Keys that visitors can ask for. */
  async served(): Promise<ReadonlySet<string>> {
    return new Set((await this.list('')).filter((key) => !key.startsWith(keys.own)))
  }

  /**
   * Uploads a file, which is held in memory: a stream cannot be sent a second time. Throws OperatorError where its content
   * is not the one of this hash any more: under a name that is kept for a year, other bytes would stay.
   */
  async putFile(key: string, path: string, hash: string, shown: Shown): Promise<void> {
    const body = await readFile(path)
    if (hashOf(body) !== hash) throw changedMeanwhile(shown.name)
    await this.#lock?.held()
    await this.#client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ...headersOf(shown) }))
  }

  async putJson(key: string, value: unknown): Promise<void> {
    await this.#lock?.held()
    const body = `${JSON.stringify(value)}\n`
    await this.#client.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ContentType: 'application/json' }),
    )
  }

  /** An object as JSON of a form; undefined where there is none, or where it is damaged. */
  async getJson<Form extends z.ZodType>(key: string, form: Form): Promise<z.output<Form> | undefined> {
    try {
      const { Body: body } = await this.#client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }))
      return form.safeParse(JSON.parse((await body?.transformToString()) ?? '')).data
    } catch (error) {
      if (error instanceof NoSuchKey || error instanceof SyntaxError) return undefined
      throw error
    }
  }

  /** Copies an object with its type and its age, or with those that are given. */
  async copy(from: string, to: string, shown?: Shown): Promise<void> {
    await this.#lock?.held()
    const source = `${this.bucket}/${from.split('/').map(encodeURIComponent).join('/')}`
    const headers = shown ? { MetadataDirective: 'REPLACE' as const, ...headersOf(shown) } : {}
    await this.#client.send(new CopyObjectCommand({ Bucket: this.bucket, Key: to, CopySource: source, ...headers }))
  }

  /** Deletes objects; the bucket keeps their versions for as long as its lifecycle says. */
  async remove(gone: readonly string[]): Promise<void> {
    for (let from = 0; from < gone.length; from += mostDeleted) {
      await this.#lock?.held()
      const objects = gone.slice(from, from + mostDeleted).map((key) => ({ Key: key }))
      const { Errors: [error] = [] } = await this.#client.send(
        new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects: objects, Quiet: true } }),
      )
      if (error) {
        const hint = 'the same command goes on with it'
        throw new OperatorError(`${this.bucket}/${error.Key}`, `is not deleted: ${error.Message}`, hint)
      }
    }
  }

  /** Every release whose list is whole, the oldest first. */
  async releases(): Promise<readonly Release[]> {
    const lists = (await this.list(keys.manifests)).filter((key) => key.endsWith('.json'))
    const found = await eachAtOnce(lists, (key) => this.getJson(key, releaseSchema), 8)
    return found
      .filter((one) => one !== undefined)
      .toSorted((a, b) => a.publishedAt.localeCompare(b.publishedAt, 'en') || a.id.localeCompare(b.id, 'en'))
  }

  async live(): Promise<Release | undefined> {
    const release = (await this.getJson(keys.live, liveSchema))?.release
    return release === undefined ? undefined : this.getJson(keys.manifest(release), releaseSchema)
  }

  /** The switch that a command began and never ended: visitors may have files of that release, and of the live one. */
  async cutOff(): Promise<Switch | undefined> {
    const { switchingTo, how = 'publish' } = (await this.getJson(keys.live, liveSchema)) ?? {}
    return switchingTo === undefined ? undefined : { to: switchingTo, how }
  }

  /** Says that from now on visitors may have files of another release, too. */
  async beginSwitch({ to, how }: Switch): Promise<void> {
    await this.#say({ ...(await this.getJson(keys.live, liveSchema)), switchingTo: to, how })
  }

  /** Says which release visitors get. */
  makeLive(release: string): Promise<void> {
    return this.#say({ release })
  }

  /** Asked for now, and not believed from before: two commands may not both say it. */
  async #say(live: z.input<typeof liveSchema>): Promise<void> {
    await this.#lock?.heldNow()
    await this.putJson(keys.live, live)
  }

  /** The last flips, the oldest first. */
  async flips(): Promise<readonly Flip[]> {
    // Listed by their names, which are times.
    const last = (await this.list(keys.flips)).slice(-mostFlips)
    const found = await eachAtOnce(last, (key) => this.getJson(key, flipSchema), 8)
    return found.filter((one) => one !== undefined).toSorted((a, b) => a.at.localeCompare(b.at, 'en'))
  }

  /**
   * Holds the site for one publication at a time. Throws OperatorError where another one is at work, and at the next write
   * where another one has taken the site over.
   */
  whileLocked<Result>(verb: string, by: string, now: () => Date, work: () => Promise<Result>): Promise<Result> {
    const place = { client: this.#client, bucket: this.bucket, key: keys.lock }
    return whileLocked(place, { verb, by, now }, async (lock) => {
      this.#lock = lock
      try {
        return await work()
      } finally {
        this.#lock = undefined
      }
    })
  }
}

/** The type by the name's ending, or by what machines ask for under that name; text is UTF-8. */
function typeOf(name: string): string {
  const isJson = new RegExp(jsonOfMachines).test(`/${name}`)
  const type = isJson ? 'application/json' : (mime.getType(name) ?? 'application/octet-stream')
  return /^text\/|javascript|json$/.test(type) ? `${type}; charset=utf-8` : type
}
