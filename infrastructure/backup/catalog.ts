import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { OperatorError } from '../../src/core/errors.ts'
import { makePrivateDirectory, readJson, writeAtomically } from '../../src/targets/local/files.ts'

export const tiers = ['daily', 'weekly', 'monthly'] as const
export type Tier = (typeof tiers)[number]

const fingerprintSchema = z.object({ rows: z.number(), sum: z.string() })
/** What a table held: how many rows, and a sum over all of them that depends on no order. */
export type Fingerprint = Readonly<z.output<typeof fingerprintSchema>>

/** What of each row a sum is made of: its bytes, or its text, as in all backups of before. */
const sumsBySchema = z.enum(['bytes', 'text'])
export type SumsBy = z.output<typeof sumsBySchema>

const linksOutSchema = z.object({
  count: z.number(),
  first: z.array(z.object({ link: z.string(), to: z.string() })),
})
/** Links that lead out of what is backed up: how many, and the first ones of them. */
export type LinksOut = Readonly<z.output<typeof linksOutSchema>>

const treeSchema = z.object({
  snapshot: z.string(),
  paths: z.array(z.string()),
  files: z.number(),
  bytes: z.number(),
  /** SHA-256 of each file that nobody changed meanwhile, by its path. */
  hashes: z.record(z.string(), z.string()),
  /** Of the uploads. Not in an entry of an earlier version, nor of the application's state. */
  linksOut: linksOutSchema.optional(),
})
export type TreeEntry = Readonly<z.output<typeof treeSchema>>

const entrySchema = z.object({
  /** Its number in the catalog: the highest is the newest, whatever the clock says. */
  number: z.number(),
  at: z.iso.datetime(),
  tiers: z.array(z.enum(tiers)),
  /** In ms. */
  took: z.number(),
  database: z.object({
    /** The backup's name in each repository, in their order. */
    labels: z.array(z.string()),
    bytes: z.number(),
    major: z.number(),
    collation: z.string(),
    architecture: z.string(),
    /** Settings that a recovery needs at least as high. */
    recovery: z.record(z.string(), z.number()),
    /** The second that a verification goes back to, in UTC. */
    point: z.string(),
    /** A row that was written just before the backup, and one that was written just after the point. */
    markers: z.object({ before: z.string(), after: z.string() }),
    /** Absent where somebody kept a table for so long that none could be taken. */
    fingerprints: z.record(z.string(), fingerprintSchema).optional(),
    /** Who that was. Not in an entry of an earlier version. */
    heldBy: z.string().optional(),
    sumsBy: sumsBySchema.default('text'),
  }),
  /** Where the copy was to go, and on what kind of file system that lay; and whether the files came there. */
  second: z.object({ path: z.string(), fileSystem: z.string(), hasFiles: z.boolean() }).optional(),
  files: treeSchema,
  /** Absent where the database has no schema of the application's state. */
  state: treeSchema.optional(),
})

/** A backup, and by what its content is known again. */
export type CatalogEntry = Readonly<z.output<typeof entrySchema>>

/** When it was begun, in ms since 1970: what it is made of is a while older than it. */
export const begunAt = ({ at, took }: Pick<CatalogEntry, 'at' | 'took'>): number => Date.parse(at) - took

/** Every backup that was made, oldest first; also those that have expired. Throws OperatorError for a damaged file. */
export async function readCatalog(folder: string): Promise<readonly CatalogEntry[]> {
  const names = await readdir(folder).catch((): string[] => [])
  const entries = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map(async (name) => {
        const entry = await readJson(join(folder, name), entrySchema)
        if (entry) return entry
        throw new OperatorError('backup', `${join(folder, name)} is damaged`, [
          'edge restore files brings it back from the newest backup; or delete it: then nothing is known of that backup',
        ])
      }),
  )
  return entries.toSorted((one, other) => one.number - other.number)
}

/** Forgets the backups of before a time of which nothing is left; never the newest one. */
export async function pruneCatalog(folder: string, before: number): Promise<void> {
  const entries = await readCatalog(folder)
  for (const { number, at } of entries.slice(0, -1))
    if (Date.parse(at) < before) await rm(join(folder, `${number}.json`), { force: true })
}

export async function writeEntry(folder: string, entry: CatalogEntry): Promise<void> {
  await makePrivateDirectory(folder)
  await writeAtomically(join(folder, `${entry.number}.json`), `${JSON.stringify(entry)}\n`)
}
