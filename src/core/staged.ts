import { Interrupted } from './errors.ts'
import type { World } from './world.ts'

/** Says how far something is. */
export type Say = (done: number, of: number) => void

/** The work for each of so many, which Ctrl-C ends before the next one, and which says how far it is. */
export function counted<Item, Result>(
  of: number,
  { signal }: Pick<World, 'signal'>,
  say: Say,
  work: (item: Item) => Promise<Result>,
): (item: Item) => Promise<Result> {
  let done = 0
  return async (item) => {
    if (signal.aborted) throw new Interrupted()
    const result = await work(item)
    say(++done, of)
    return result
  }
}

/** Files that were not there before in any release, and their bytes. */
export type Written = { readonly files: number; readonly bytes: number }

/** Of each file that was staged its size, or undefined where it was there. */
export function writtenOf(sizes: readonly (number | undefined)[]): Written {
  const brought = sizes.filter((size) => size !== undefined)
  return { files: brought.length, bytes: brought.reduce((sum, size) => sum + size, 0) }
}
