import type { Explanation } from '../cdn/explain.ts'
import type { Reachable } from '../cdn/fetch.ts'
import type { Retention } from '../cdn/releases/prune.ts'
import type { Flip, Release } from '../cdn/releases/release.ts'
import type { Store } from '../cdn/releases/store.ts'
import type { World } from '../../src/core/world.ts'

/** What was published to a site, wherever that is. */
export type Releases = {
  readonly store: Store
  /** What need not be kept, and where it lies, in words. */
  readonly retention: Retention
  readonly below: string
  /** Paths of lists that say nothing, where those can be told. */
  readonly unreadable?: () => Promise<readonly string[]>
  /** Nobody else publishes meanwhile. */
  readonly whileHeld: <Result>(world: World, work: () => Promise<Result>) => Promise<Result>
  /** Deletes releases, and answers how many files went with them. */
  readonly prune: (gone: readonly Release[]) => Promise<number>
  readonly close: () => void
}

export type Listed = {
  readonly all: readonly Release[]
  readonly live: Release | undefined
  readonly history: readonly Flip[]
  readonly unreadable?: readonly string[]
}

/** A path that was explained, and where it can be asked for. */
export type Explained = { readonly explanation: Explanation; readonly endpoint: Reachable }
