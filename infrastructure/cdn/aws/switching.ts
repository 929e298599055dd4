import { OperatorError } from '../../../src/core/errors.ts'
import type { World } from '../../../src/core/world.ts'
import type { Flip } from '../releases/layout.ts'
import type { AwsSite } from './publish.ts'
import type { SiteStore } from './site-store.ts'

/** Holds the site while it is switched to another release. Where that fails, what visitors may have by then is told. */
export function whileSwitching<Result>(
  { store }: AwsSite,
  { verb, by, world }: { readonly verb: string; readonly by: string; readonly world: World },
  work: () => Promise<Result>,
): Promise<Result> {
  return store.whileLocked(verb, by, world.now, async () => {
    try {
      return await work()
    } catch (error) {
      // Who took the site over is at a switch of its own, which is not ours to complete.
      const isTakenOver = error instanceof OperatorError && error.where === 'lock'
      if (!isTakenOver) await sayWhatIsHalfDone(store, world)
      throw error
    }
  })
}

async function sayWhatIsHalfDone(store: SiteStore, { stderr }: World): Promise<void> {
  // What refused the work may refuse this, too, and is told as what the work met.
  const [live, cutOff] = await Promise.all([store.live(), store.cutOff()]).catch(() => [])
  if (!cutOff) return
  const { to, how } = cutOff
  const completes = {
    publish: 'the same publication again completes it: edge publish FOLDER --target aws',
    rollback: `edge rollback ${to} --target aws completes it`,
  }
  stderr.write(`\nvisitors may have files of ${to} already\n  ${completes[how]}\n`)
  if (live && live.id !== to) stderr.write(`  edge rollback ${live.id} --target aws brings that one back\n`)
}

/** When a release was seen from outside, in words. */
export const seenFromOutside = ({ visibleMs }: Flip): string =>
  visibleMs === undefined ? 'not seen from outside yet: edge verify cdn --target aws' : `seen after ${visibleMs} ms`
