import type { World } from '../../src/core/world.ts'
import { postmasterOf } from '../../src/engines/postmaster.ts'
import { childrenOf, titleOf } from '../../src/targets/local/processes.ts'
import type { Say } from './backups.ts'
import { amountOf, whileLooking } from './progress.ts'
import type { RestoredCopy } from './restored-server.ts'
import { segmentBytes, segmentOf, Segments, unbroken } from './timeline.ts'

/**
 * Which segment of the log a process replays, or waits for as it has replayed all before it; undefined where it does
 * neither. Its number alone, which counts on over timelines.
 */
export function replayedIn(title: string): number | undefined {
  const name = /\bstartup +(?:recovering|waiting for) ([\dA-F]{24})$/.exec(title)?.[1]
  return name === undefined ? undefined : segmentOf(name).number
}

/**
 * The number of about the last segment that a recovery replays, of those that are archived, by when each came there: the
 * first one of after its moment, or the newest one. Undefined where none is there.
 */
export function lastOf(
  archived: ReadonlyMap<string, number>,
  { to, timeline }: { readonly to?: Date | undefined; readonly timeline?: number | undefined },
): number | undefined {
  const row = unbroken(new Segments([...archived.keys()].map(segmentOf)), timeline)
  const all = [...archived].map(([name, at]) => ({ ...segmentOf(name), at })).filter((one) => row.has(one))
  const after = to === undefined ? [] : all.filter(({ at }) => at >= to.getTime())
  if (after.length > 0) return after.reduce((lowest, { number }) => Math.min(lowest, number), Infinity)
  return all.reduce<number | undefined>((highest, { number }) => Math.max(highest ?? number, number), undefined)
}

/** It is seen soon where a recovery begins; to look costs nothing. */
const looksEveryMs = 250

/**
 * Tells a terminal how far a recovery has come in the log, while work starts the server of a copy and waits for it: to the
 * segment, as its title has it. `last`: the number of the last one, of which it is not known how much is replayed.
 */
export async function whileReplaying<Result>(
  { data }: Pick<RestoredCopy, 'data'>,
  { say, name, last }: { readonly say: Say; readonly name: string; readonly last: () => Promise<number | undefined> },
  work: () => Promise<Result>,
  world: Pick<World, 'stdout'>,
): Promise<Result> {
  const tell = amountOf(say, name)
  let first: number | undefined
  let end: Promise<number | undefined> | undefined
  const look = async () => {
    const pid = await postmasterOf(data)
    const [at] = pid === undefined ? [] : childrenOf(pid).flatMap((child) => replayedIn(titleOf(child)) ?? [])
    if (at === undefined) return undefined
    first ??= at
    end ??= last().catch(() => undefined)
    return { first, at, last: await end }
  }
  return whileLooking(look, (seen) => tell(...replayed(seen)), work, world, looksEveryMs)
}

/** How many bytes of the log are replayed, of how many. Beyond what was taken for the last one nobody knows how many. */
export function replayed({
  first,
  at,
  last,
}: {
  readonly first: number
  readonly at: number
  readonly last?: number | undefined
}): readonly [done: number, all?: number] {
  const done = (at - first) * segmentBytes
  return last === undefined || at > last ? [done] : [done, (last - first + 1) * segmentBytes]
}
