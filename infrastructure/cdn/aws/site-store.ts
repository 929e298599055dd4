import { z } from 'zod'
import { eachAtOnce } from '../../../src/core/at-once.ts'
import { mayBeKept } from '../classes.ts'
import {
  type Flip,
  flipSchema,
  hashedFoldersOf,
  oldestFirst,
  type Release,
  releaseSchema,
} from '../releases/release.ts'
import type { Store, Switch } from '../releases/store.ts'
import { Bucket } from './bucket.ts'
import { whileLocked } from './site-lock.ts'

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

/** The history that is read: a request for each, and nobody goes back so far. */
const mostFlips = 500

/** What a site's bucket has: releases, the live one, keys that visitors can ask for, and those that are staged. */
export type Found = {
  readonly releases: readonly Release[]
  readonly live: Release | undefined
  readonly served: ReadonlySet<string>
  readonly staged: ReadonlySet<string>
  readonly cutOff: Switch | undefined
}

/** The bucket of a site: its releases, and which one is live. */
export class SiteStore extends Bucket implements Store {
  /** Keys that visitors can ask for. */
  async served(): Promise<ReadonlySet<string>> {
    return new Set((await this.list('')).filter((key) => !key.startsWith(keys.own)))
  }

  /** Every release whose list is whole, the oldest first. */
  async releases(): Promise<readonly Release[]> {
    const lists = (await this.list(keys.manifests)).filter((key) => key.endsWith('.json'))
    const found = await eachAtOnce(lists, (key) => this.getJson(key, releaseSchema), 8)
    return found.filter((one) => one !== undefined).toSorted(oldestFirst)
  }

  lists(): Promise<readonly string[]> {
    return this.list(keys.manifests)
  }

  async live(): Promise<Release | undefined> {
    const release = (await this.getJson(keys.live, liveSchema))?.release
    return release === undefined ? undefined : this.getJson(keys.manifest(release), releaseSchema)
  }

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
    await this.lock?.heldNow()
    await this.putJson(keys.live, live)
  }

  /** What is there, with what is staged below a prefix. */
  async look(below: string = keys.staged): Promise<Found> {
    const [releases, live, served, staged, cutOff] = await Promise.all([
      this.releases(),
      this.live(),
      this.served(),
      this.list(below),
      this.cutOff(),
    ])
    return { releases, live, served, staged: new Set(staged), cutOff }
  }

  /** The last flips, the oldest first. */
  async flips(): Promise<readonly Flip[]> {
    // Listed by their names, which are times.
    const last = (await this.list(keys.flips)).slice(-mostFlips)
    const found = await eachAtOnce(last, (key) => this.getJson(key, flipSchema), 8)
    return found.filter((one) => one !== undefined).toSorted((a, b) => a.at.localeCompare(b.at, 'en'))
  }

  /** With what publications staged that were killed before they had a list, and never went on. */
  async take(gone: readonly Release[]): Promise<void> {
    // The lists first: a run that is killed leaves files that nobody names, and never a release without its files.
    await this.remove(gone.map(({ id }) => keys.manifest(id)))
    for (const { id } of gone) await this.remove(await this.list(keys.files(id)))
    const [staged, lists, cutOff] = await Promise.all([this.list(keys.staged), this.lists(), this.cutOff()])
    const idOf = (key: string): string => key.slice(keys.staged.length).split('/')[0] ?? ''
    await this.remove(staged.filter((key) => idOf(key) !== cutOff?.to && !lists.includes(keys.manifest(idOf(key)))))
  }

  async keepOnly(named: ReadonlySet<string>, releases: readonly Release[]): Promise<number> {
    // What visitors have now is in a list that was lost.
    if ((await this.live()) === undefined) return 0
    const folders = hashedFoldersOf(releases)
    const unnamed = [...(await this.served())].filter((name) => mayBeKept(name, folders) && !named.has(name))
    await this.remove(unnamed)
    return unnamed.length
  }

  /**
   * Holds the site for one publication at a time. Throws OperatorError where another one is at work, and at the next write
   * where another one has taken the site over.
   */
  whileLocked<Result>(verb: string, by: string, now: () => Date, work: () => Promise<Result>): Promise<Result> {
    const place = { client: this.client, bucket: this.bucket, key: keys.lock }
    return whileLocked(place, { verb, by, now }, async (lock) => {
      this.lock = lock
      try {
        return await work()
      } finally {
        this.lock = undefined
      }
    })
  }
}
