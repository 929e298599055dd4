import { setTimeout as wait } from 'node:timers/promises'
import { Interrupted, messageOf } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'

/** How far a recovery can go: for sure to its second, or only as far as the logs that are archived, and why no further. */
export type Reach = { readonly isSure: true } | { readonly isSure: false; readonly because: string }

/** A segment is archived once a minute: one that came later than this after a second holds a commit of after it. */
const segmentMs = 60_000

export type Archive = {
  /** When the newest segment came into the archive, in ms since 1970; undefined where there is none. */
  readonly newestAt: () => Promise<number | undefined>
  /** Has the live database write a commit and archive it. */
  readonly archiveNow: () => Promise<void>
}

/**
 * A recovery finds its second by a commit that comes after it. Where such a one is archived already, the live database is
 * left alone: it may be what was lost. Else it is asked for one, for `withinMs` at most; where it cannot give one, what is
 * in the archive has to do.
 */
export async function reachOf(
  to: Date,
  { newestAt, archiveNow }: Archive,
  { signal }: Pick<World, 'signal'>,
  withinMs = 150_000,
): Promise<Reach> {
  if (((await newestAt()) ?? 0) > to.getTime() + segmentMs) return { isSure: true }
  // Of a log that nobody waits for any more, the timer would keep the process.
  const over = new AbortController()
  const asked = archiveNow().then((): Reach => ({ isSure: true }))
  const late = wait(withinMs, undefined, { signal: AbortSignal.any([over.signal, signal]) }).then((): Reach => ({
    isSure: false,
    because: `no answer within ${withinMs / 1000} s`,
  }))
  return await Promise.race([asked, late])
    .catch((error: unknown): Reach => {
      if (error instanceof Interrupted || signal.aborted) throw new Interrupted()
      return { isSure: false, because: messageOf(error) }
    })
    .finally(() => over.abort())
}
