import type { Flip, Release } from './release.ts'

/** That a release is being made live: to which one, and whether by a publication or a rollback. */
export type Switch = { readonly to: string; readonly how: Flip['how'] }

/** Where the releases of a site lie: a disk (layout.ts), or a bucket (aws/site-store.ts). */
export type Store = {
  /** Every release whose list is whole, the oldest first. */
  readonly releases: () => Promise<readonly Release[]>
  /** The names of all lists, those too that cannot be read. */
  readonly lists: () => Promise<readonly string[]>
  /** Undefined where nothing was published, or its list cannot be read. */
  readonly live: () => Promise<Release | undefined>
  /** The times that another release went live, the oldest first. */
  readonly flips: () => Promise<readonly Flip[]>
  /** The switch that a command began and never ended: visitors may have files of that release, and of the live one. */
  readonly cutOff: () => Promise<Switch | undefined>
  /** Deletes releases, the list of each before its files. */
  readonly take: (gone: readonly Release[]) => Promise<void>
  /** Deletes the files for open tabs, of these releases, that have none of these names. Answers how many those were. */
  readonly keepOnly: (named: ReadonlySet<string>, releases: readonly Release[]) => Promise<number>
}
