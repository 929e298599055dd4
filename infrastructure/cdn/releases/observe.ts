import { setTimeout as wait } from 'node:timers/promises'
import { classOf } from '../classes.ts'
import type { SiteClient } from '../fetch.ts'
import type { Flip, Release } from './release.ts'
import { hashOf } from './tree.ts'

/** What a visitor saw while another release went live. */
export type Observed = {
  /** From `begun` (the moment that `flip` began, where nothing else is said) to the first answer that was the new page, in ms; undefined if none came in time. */
  readonly visibleMs: number | undefined
  readonly pages: number
  /** Pages of which the page itself or a file that it names did not come. */
  readonly failed: number
}

type Watch = {
  /** Where it was begun before it is watched. */
  readonly begun?: number
  /** Between two pages: a visitor, not a load test. */
  readonly pauseMs?: number
  /** Ends the watching, and not the flip. */
  readonly signal?: AbortSignal
}

/**
 * Loads the page with its scripts and styles, over and over, while `flip` is done, and until the new page is seen or
 * the time after it is over. Answers what it saw, and what the flip answered.
 */
export async function observeFlip<Done>(
  client: SiteClient,
  release: Release,
  flip: () => Promise<Done>,
  withinMs: number,
  { begun = performance.now(), pauseMs = 5, signal }: Watch = {},
): Promise<Observed & { readonly done: Done }> {
  const seen: { pages: number; failed: number; visibleAt?: number; until: number } = {
    pages: 0,
    failed: 0,
    until: Infinity,
  }
  const isOver = (): boolean =>
    signal?.aborted === true ||
    performance.now() >= seen.until ||
    (seen.until < Infinity && seen.visibleAt !== undefined)
  const watch = async (): Promise<void> => {
    while (!isOver()) {
      const page = await loadPage(client, release)
      seen.pages += 1
      if (!page.whole) seen.failed += 1
      if (page.hash === release.files['index.html']) seen.visibleAt ??= performance.now()
      await wait(pauseMs)
    }
  }
  const watching = watch()
  // A flip that fails is looked for no longer: the program would go on until the time is over.
  const done = await flip().catch((error: unknown) => {
    seen.until = 0
    throw error
  })
  // Many files take long to purge: what counts is how soon the page is seen after that.
  seen.until = performance.now() + withinMs
  await watching
  const { pages, failed, visibleAt } = seen
  return { visibleMs: visibleAt === undefined ? undefined : Math.max(0, visibleAt - begun), pages, failed, done }
}

/** What of that is written down. */
export const seenIn = ({ visibleMs, pages, failed }: Observed): Pick<Flip, 'visibleMs' | 'loads'> => ({
  ...(visibleMs === undefined ? {} : { visibleMs: Math.round(visibleMs) }),
  loads: { pages, failed },
})

async function loadPage(
  { ask }: SiteClient,
  { hashedFolders }: Release,
): Promise<{ readonly hash: string; readonly whole: boolean }> {
  const page = await ask('/', { headers: { accept: 'text/html', 'accept-encoding': 'identity' } }).catch(
    () => undefined,
  )
  if (page?.status !== 200) return { hash: '', whole: false }
  // Not loaded before it is needed: a rollback would wait for a parser of HTML.
  const { ownPaths, referencesIn } = await import('../assets.ts')
  const files = ownPaths(referencesIn(page.body.toString()), '/').filter(
    (path) => classOf(path, hashedFolders) === 'hashed',
  )
  const answers = await Promise.all(files.map((path) => ask(path).catch(() => undefined)))
  return {
    hash: hashOf(page.body),
    whole: answers.every((answer) => answer?.status === 200),
  }
}
