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
import type { z } from 'zod'
import { OperatorError } from '../../../src/core/errors.ts'
import { onEmulator } from '../../../src/targets/aws/on-emulator.ts'
import { jsonOfMachines } from '../file-types.ts'
import { changedMeanwhile, hashOf } from '../releases/tree.ts'
import type { HeldLock } from './site-lock.ts'

/** DeleteObjects takes so many at once (S3 API reference). */
const mostDeleted = 1000

/** What visitors are told of a file: its type by its name, and how long it may be kept. */
type Shown = { readonly name: string; readonly cacheControl: string }
const headersOf = ({ name, cacheControl }: Shown) => ({ ContentType: typeOf(name), CacheControl: cacheControl })

/** Of one request: of thousands, some meet a connection that breaks, or an S3 that asks for patience. */
const tries = 8

/** A bucket: objects with names. */
export class Bucket {
  protected readonly client: S3Client
  /** While it is held: each write asks it whether that is still so. */
  protected lock: HeldLock | undefined
  readonly bucket: string

  constructor(bucket: string, region: string) {
    this.bucket = bucket
    // The emulator has no names for buckets below its own; S3 takes both forms.
    const forcePathStyle = onEmulator()
    this.client = new S3Client({ region, forcePathStyle, maxAttempts: tries })
  }

  close(): void {
    this.client.destroy()
  }

  /** Every key below a prefix. */
  async list(prefix: string): Promise<readonly string[]> {
    const found: string[] = []
    const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket, Prefix: prefix })
    for await (const { Contents: objects = [] } of pages) found.push(...objects.flatMap(({ Key: key }) => key ?? []))
    return found
  }

  /**
   * Uploads a file, which is held in memory: a stream cannot be sent a second time. Throws OperatorError where its content
   * is not the one of this hash any more: under a name that is kept for a year, other bytes would stay.
   */
  async putFile(key: string, path: string, hash: string, shown: Shown): Promise<void> {
    const body = await readFile(path)
    if (hashOf(body) !== hash) throw changedMeanwhile(shown.name)
    await this.lock?.held()
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ...headersOf(shown) }))
  }

  async putJson(key: string, value: unknown): Promise<void> {
    await this.lock?.held()
    const body = `${JSON.stringify(value)}\n`
    await this.client.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ContentType: 'application/json' }),
    )
  }

  /** An object as JSON of a form; undefined where there is none, or where it is damaged. */
  async getJson<Form extends z.ZodType>(key: string, form: Form): Promise<z.output<Form> | undefined> {
    try {
      const { Body: body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }))
      return form.safeParse(JSON.parse((await body?.transformToString()) ?? '')).data
    } catch (error) {
      if (error instanceof NoSuchKey || error instanceof SyntaxError) return undefined
      throw error
    }
  }

  /** Copies an object with its type and its age, or with those that are given. */
  async copy(from: string, to: string, shown?: Shown): Promise<void> {
    await this.lock?.held()
    const source = `${this.bucket}/${from.split('/').map(encodeURIComponent).join('/')}`
    const headers = shown ? { MetadataDirective: 'REPLACE' as const, ...headersOf(shown) } : {}
    await this.client.send(new CopyObjectCommand({ Bucket: this.bucket, Key: to, CopySource: source, ...headers }))
  }

  /** Deletes objects; the bucket keeps their versions for as long as its lifecycle says. */
  async remove(gone: readonly string[]): Promise<void> {
    for (let from = 0; from < gone.length; from += mostDeleted) {
      await this.lock?.held()
      const objects = gone.slice(from, from + mostDeleted).map((key) => ({ Key: key }))
      const { Errors: [error] = [] } = await this.client.send(
        new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects: objects, Quiet: true } }),
      )
      if (error) {
        const hint = 'the same command goes on with it'
        throw new OperatorError(`${this.bucket}/${error.Key}`, `is not deleted: ${error.Message}`, hint)
      }
    }
  }
}

/** The type by the name's ending, or by what machines ask for under that name; text is UTF-8. */
function typeOf(name: string): string {
  const isJson = new RegExp(jsonOfMachines).test(`/${name}`)
  const type = isJson ? 'application/json' : (mime.getType(name) ?? 'application/octet-stream')
  return /^text\/|javascript|json$/.test(type) ? `${type}; charset=utf-8` : type
}
