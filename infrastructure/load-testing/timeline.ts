import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Shares } from './processes.ts'
import type { SeenSecond } from './watch.ts'

/** So many points are told apart on a screen. */
const mostPoints = 240

/**
 * A long run with as many points as can be drawn. Each stands for several seconds: the worst of their response times
 * and errors, the least free processor time, the mean of their requests; a percentile of percentiles would be wrong.
 */
export function condensed(timeline: readonly SeenSecond[]): readonly SeenSecond[] {
  const size = Math.ceil(timeline.length / mostPoints)
  if (size <= 1) return timeline
  return Array.from({ length: Math.ceil(timeline.length / size) }, (_, index) =>
    merge(timeline.slice(index * size, (index + 1) * size)),
  )
}

function merge(part: readonly SeenSecond[]): SeenSecond {
  const worst = (name: 'median' | 'p95' | 'p99' | 'failedPercent'): number | null => {
    const values = part.flatMap((second) => second[name] ?? [])
    return values.length === 0 ? null : Math.max(...values)
  }
  return {
    seconds: part.at(-1)?.seconds ?? 0,
    users: Math.max(...part.map(({ users }) => users)),
    requestsPerSecond: part.reduce((sum, second) => sum + second.requestsPerSecond, 0) / part.length,
    median: worst('median'),
    p95: worst('p95'),
    p99: worst('p99'),
    failedPercent: worst('failedPercent'),
    idlePercent: Math.min(...part.map(({ idlePercent }) => idlePercent)),
    byEngine: highest(part.map(({ byEngine }) => byEngine)),
    busiestThread: highest(part.map(({ busiestThread }) => busiestThread)),
    pool: part
      .flatMap(({ pool }) => pool ?? [])
      .toSorted((one, other) => other.waiting - one.waiting || other.inUse - one.inUse)[0],
    memory: highest(part.map(({ memory }) => memory)),
    behindMs: worstOf(part, ({ behindMs }) => behindMs, Math.max),
    longestMs: worstOf(part, ({ longestMs }) => longestMs, Math.max),
    connections: part
      .flatMap(({ connections }) => connections ?? [])
      .toSorted((one, other) => other.open - one.open)[0],
    eventLoops: highest(part.map(({ eventLoops }) => eventLoops)),
    hitPercent: worstOf(part, ({ hitPercent }) => hitPercent, Math.min),
  }
}

/** Undefined where no second has the value. */
function worstOf(
  part: readonly SeenSecond[],
  of: (second: SeenSecond) => number | undefined,
  worse: (...values: readonly number[]) => number,
): number | undefined {
  const values = part.flatMap((second) => of(second) ?? [])
  return values.length === 0 ? undefined : worse(...values)
}

/** Of each engine its highest share. */
function highest(all: readonly (Shares | undefined)[]): Shares | undefined {
  const found: Record<string, number> = {}
  for (const shares of all) {
    for (const [name, share] of Object.entries(shares ?? {})) found[name] = Math.max(found[name] ?? 0, share)
  }
  return all.every((shares) => shares === undefined) ? undefined : found
}

/**
 * When something first held for `lasting` seconds on end; undefined where it never did.
 * @param holds undefined for a second that says nothing either way: nobody asked for anything
 */
export function firstSustained(
  timeline: readonly SeenSecond[],
  holds: (second: SeenSecond) => boolean | undefined,
  lasting = 5,
): SeenSecond | undefined {
  let begun: SeenSecond | undefined
  for (const second of timeline) {
    const held = holds(second)
    if (held === false) begun = undefined
    if (held === true) {
      begun ??= second
      if (second.seconds - begun.seconds >= lasting - 1) return begun
    }
  }
  return undefined
}

/** The seconds of a run; none where the file is not there any more, or of an older edge. */
export async function readTimeline(directory: string): Promise<readonly SeenSecond[]> {
  const content = await readFile(join(directory, 'timeline.json'), 'utf8').catch(() => '[]')
  // Written by edge itself, whole, before the result.
  return JSON.parse(content) as readonly SeenSecond[]
}
