import type { Explanation } from '../cdn/explain.ts'
import type { Reachable } from '../cdn/fetch.ts'
import type { Flip, Release } from '../cdn/releases/release.ts'
import type { World } from '../../src/core/world.ts'

/** What was published to a site, wherever that is. */
export type Releases = {
  readonly list: () => Promise<Listed>
  /** Nobody else publishes meanwhile. */
  readonly whileHeld: <Result>(world: World, work: () => Promise<Result>) => Promise<Result>
  readonly expired: (now: Date) => Promise<Expired>
  readonly close: () => void
}

export type Listed = {
  readonly all: readonly Release[]
  readonly live: Release | undefined
  readonly history: readonly Flip[]
  /** Where manifests lie that say nothing. */
  readonly unreadable?: readonly string[]
}

/** Releases that need not be kept; `remove` answers how many files went with them. */
export type Expired = {
  readonly gone: readonly Release[]
  readonly below: string
  readonly remove: () => Promise<number>
}

/** A path that was explained, and where it can be asked for. */
export type Explained = { readonly explanation: Explanation; readonly endpoint: Reachable }
