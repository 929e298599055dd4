import { type Written, writtenOf } from '../../../src/core/staged.ts'
import { type Origin, refuseReusedNames, type Release, releaseId } from './release.ts'
import { fingerprintOf, type Tree } from './tree.ts'

/** Where releases are staged: a disk (stage-on-disk.ts), or a bucket (aws/stage-in-bucket.ts). */
export type Place = {
  /** Those that are whole there. */
  readonly releases: readonly Release[]
  /** Ids that a new one may not have. */
  readonly taken: readonly string[]
  /** How browsers may keep the files, where they are stored with that. */
  readonly ages?: string
  /** Brings the files of a release to where nobody is served them yet. */
  readonly put: (id: string, now: Date) => Promise<Put>
}

export type Hashes = readonly (readonly [path: string, hash: string])[]

type Put = {
  /** All that is to be served of the release. */
  readonly files: Hashes
  /** Of each file that was brought its size, or undefined where the same one was there. */
  readonly sizes: readonly (number | undefined)[]
}

/** Files that were not there before are written. */
export type Staged = { readonly release: Release; readonly written: Written }

/**
 * Puts a tree beside the live release. Nothing is served of it yet, and it is no release before its list is written; killed
 * at any point, it never is.
 */
export async function stage(
  tree: Tree,
  { releases, taken, ages, put }: Place,
  origin: Origin,
  now: Date,
): Promise<Staged> {
  refuseReusedNames(tree, releases, origin)
  const { by, commit, api, hashedFolders } = origin
  const fingerprint = fingerprintOf(tree)
  const id = releaseId(taken, now, fingerprint)
  const { files, sizes } = await put(id, now)
  const release: Release = {
    id,
    fingerprint,
    publishedAt: now.toISOString(),
    by,
    ...(commit === undefined ? {} : { commit }),
    ...(api === undefined ? {} : { api }),
    ...(ages === undefined ? {} : { ages }),
    bytes: [...tree.values()].reduce((sum, { size }) => sum + size, 0),
    hashedFolders: [...hashedFolders],
    files: Object.fromEntries(files.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
  return { release, written: writtenOf(sizes) }
}
