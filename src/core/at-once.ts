import { availableParallelism } from 'node:os'

const atOnce = Math.max(4, availableParallelism() * 2)

/**
 * Does the work for each item, a few at a time, and answers the results in the items' order. After one that fails none is
 * begun, and what was begun has ended before the first failure is thrown: whoever hears of that lets go of a lock, and
 * work that went on would write into what somebody else holds by then.
 */
export async function eachAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  several = atOnce,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  let failed: { readonly first: unknown } | undefined
  const worker = async (): Promise<void> => {
    // One iterator for all of them: each item is taken once.
    for (const [index, item] of waiting) {
      if (failed) return
      try {
        results[index] = await work(item)
      } catch (error) {
        failed ??= { first: error }
      }
    }
  }
  await Promise.all(Array.from({ length: several }, worker))
  if (failed) throw failed.first
  return results
}

/** The same for those whose turn comes before a time of performance.now(); the others are left out. */
export async function eachUntil<Item, Result>(
  until: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const done = await eachAtOnce(items, async (item) =>
    performance.now() < until ? { result: await work(item) } : undefined,
  )
  return done.flatMap((one) => (one ? [one.result] : []))
}
