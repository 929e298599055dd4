import { z } from 'zod'
import { OperatorError } from '../../../src/core/errors.ts'
import { isKept } from '../classes.ts'
import { plainName } from './compress.ts'
import type { Tree } from './tree.ts'

export const releaseSchema = z.object({
  /** `2026-11-23.2-ab12cd34`: the day, the count of that day, the content. */
  id: z.string(),
  /** Of the built folder: the same folder gives the same one. */
  fingerprint: z.string(),
  publishedAt: z.string(),
  /** Who published it, by the name on the machine. */
  by: z.string(),
  /** The version of the source that it was built from, where that is known. */
  commit: z.string().optional(),
  /** Folders whose files had another name for each content (cdn.cache.hashedFolders at that time). */
  hashedFolders: z.array(z.string()).optional(),
  /** The API release that belongs to it; without one, the API is what the configuration runs. */
  api: z.string().optional(),
  /** How browsers may keep the files, where they are stored with that (on AWS). */
  ages: z.string().optional(),
  /** Bytes of the files as they were built; what compression adds is not counted. */
  bytes: z.number(),
  /** Everything that is served, precompressed bodies (.br, .gz) too: path → SHA-256. */
  files: z.record(z.string(), z.string()),
})

/** A release: what it is made of and where it came from. Written whole before it goes live, and never changed. */
export type Release = Readonly<z.output<typeof releaseSchema>>

/** The folders of hashed files of some releases together. */
export const hashedFoldersOf = (releases: readonly Release[]): readonly string[] => [
  ...new Set(releases.flatMap(({ hashedFolders }) => hashedFolders ?? [])),
]

export const oldestFirst = (one: Release, other: Release): number =>
  Date.parse(one.publishedAt) - Date.parse(other.publishedAt) || countOf(one.id) - countOf(other.id)
const countOf = (id: string): number => Number(/\.(\d+)-/.exec(id)?.[1] ?? 0)

/** The next id after those that there are: `2026-11-23.2-ab12cd34`. */
export function releaseId(known: readonly string[], now: Date, fingerprint: string): string {
  const day = now.toISOString().slice(0, 10)
  const counts = known.flatMap((id) => {
    const count = new RegExp(`^${day}\\.(\\d+)-`).exec(id)?.[1]
    return count === undefined ? [] : [Number(count)]
  })
  return `${day}.${Math.max(0, ...counts) + 1}-${fingerprint.slice(0, 8)}`
}

/** Who publishes, and from which version of the source. */
export type Origin = {
  readonly by: string
  readonly commit?: string | undefined
  /** Folders whose files have another name for each content. */
  readonly hashedFolders: readonly string[]
  /** The API release that belongs to it. */
  readonly api?: string | undefined
}

/**
 * Throws OperatorError where a name that promises its content was published before with another one: browsers keep that
 * for a year, and of two releases only one could be kept whole.
 */
export function refuseReusedNames(tree: Tree, releases: readonly Release[], { hashedFolders }: Origin): void {
  const hashed = [...tree].filter(([name]) => plainName(name) === name && isKept(name, hashedFolders))
  for (const release of releases) {
    const reused = hashed.find(([name, { hash }]) => (release.files[name] ?? hash) !== hash)
    if (!reused) continue
    throw new OperatorError('publish', `${reused[0]} had other content in ${release.id}`, [
      'a name with a hash stands for one content: browsers keep it for a year; build it with another name',
      'nothing was changed; what was live is live',
    ])
  }
}

export const flipSchema = z.object({
  at: z.string(),
  release: z.string(),
  before: z.string().nullable(),
  how: z.enum(['publish', 'rollback']),
  by: z.string(),
  /** From the flip to the first answer of the new release, in ms. */
  visibleMs: z.number().optional(),
  /** Pages that were loaded with their chunks meanwhile, and how many of them missed something. */
  loads: z.object({ pages: z.number(), failed: z.number() }).optional(),
})

/** That another release went live: when, through whom, and what was seen from outside meanwhile. */
export type Flip = Readonly<z.output<typeof flipSchema>>

/** Why another release goes live, through whom, and when. */
export type Flipping = Pick<Flip, 'how' | 'by'> & { readonly at: () => Date }

/**
 * The release that was live before this one was published: to that one goes back who finds this one bad. Undefined
 * where there is none any more, or never was.
 */
export function releaseBefore(
  releases: readonly Release[],
  live: Release | undefined,
  history: readonly Flip[],
): Release | undefined {
  let wanted: string | null | undefined = live?.id
  for (const { how, release, before } of history.toReversed()) {
    if (how !== 'publish' || release !== wanted) continue
    const found = releases.find(({ id }) => id === before)
    // Of one that is gone, the one before it: a damaged release is replaced by the same one, and deleted.
    if (found) return found
    wanted = before
  }
  if (wanted !== live?.id) return undefined
  // The history was lost: the order of publication is the next best.
  return releases[releases.findIndex(({ id }) => id === live?.id) - 1]
}
