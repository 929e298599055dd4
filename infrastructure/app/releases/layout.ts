import { join, resolve } from 'node:path'
import { z } from 'zod'
import { fingerprint, hashOfPath } from '../../../src/targets/local/files.ts'
import { Shelf } from '../../../src/targets/local/shelf.ts'
import type { SiteSettings } from '../settings.ts'

/** What a program's folder holds below one path. */
const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), hash: z.string(), executable: z.boolean(), size: z.number() }),
  z.object({ kind: z.literal('link'), target: z.string() }),
  z.object({ kind: z.literal('folder') }),
])
export type Entry = Readonly<z.output<typeof entrySchema>>

const manifestSchema = z.object({
  id: z.string(),
  /** Of all entries: the same folder gives the same one. */
  fingerprint: z.string(),
  /** Path below the folder → what is there; folders before what is in them. */
  entries: z.record(z.string(), entrySchema),
})

/** What an API release is made of. Written when its folder is whole, and never changed. */
export type Manifest = Readonly<z.output<typeof manifestSchema>>

/** A program that was published, and the folder that its processes and its migrations start in. */
export type ApiRelease = { readonly id: string; readonly folder: string }

/** Where the released APIs lie on the disk. Which one is live stands in the live web release: the two are one. */
export const apiLayout = (state: string) => {
  const api = join(state, 'api')
  return {
    shelf: new Shelf(api, manifestSchema, 0o700),
    /** The fingerprint that the project's own API had when a published one went live last. */
    own: join(api, 'own'),
    /** There while processes are replaced: a run that is killed leaves it, and the next one puts them right. */
    unfinished: join(api, 'unfinished'),
    /** The schema that the live release knows, written ahead of migrations; there until their release is live. */
    schema: join(api, 'schema.json'),
    /** What migrations took away of the schema, and which APIs are older than that. */
    contractions: join(api, 'contractions.json'),
  }
}

export const apiRelease = (state: string, id: string): ApiRelease => ({ id, folder: apiLayout(state).shelf.root(id) })

/**
 * One hash over what the project's own API and migrations are made of; a source that is not there counts as that. Their
 * commands do not count: those are of the published API, too.
 */
export async function ownFingerprint(directory: string, { api, migrations }: SiteSettings): Promise<string> {
  const sources = [...(api && 'sources' in api ? api.sources : []), ...(migrations?.sources ?? [])]
  return fingerprint(await Promise.all(sources.map((source) => hashOfPath(resolve(directory, source)))))
}
