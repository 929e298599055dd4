/** A segment of the log, as PostgreSQL names it: its timeline, and its number, which counts on over timelines. */
export type Segment = { readonly timeline: number; readonly number: number }

const perLog = 256
export const segmentBytes = 2 ** 32 / perLog

/** Of a name of 24 hexadecimal digits. */
export const segmentOf = (name: string): Segment => ({
  timeline: Number.parseInt(name.slice(0, 8), 16),
  number: Number.parseInt(name.slice(8, 16), 16) * perLog + Number.parseInt(name.slice(16, 24), 16),
})

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0')

/** As PostgreSQL names it. */
export const nameOf = ({ timeline, number }: Segment): string =>
  `${hex(timeline)}${hex(Math.floor(number / perLog))}${hex(number % perLog)}`

/** Of the file that says what a timeline has come out of. */
export const historyNameOf = (timeline: number): string => `${hex(timeline)}.history`

const keyOf = ({ timeline, number }: Segment): string => `${timeline}/${number}`

/** A set of segments, of which it can be asked whether one is in it. */
export class Segments {
  readonly #keys: ReadonlySet<string>
  readonly #lowest = new Map<number, number>()
  readonly #highest = new Map<number, number>()

  constructor(all: Iterable<Segment>) {
    const keys = new Set<string>()
    for (const { timeline, number } of all) {
      keys.add(keyOf({ timeline, number }))
      this.#lowest.set(timeline, Math.min(number, this.#lowest.get(timeline) ?? number))
      this.#highest.set(timeline, Math.max(number, this.#highest.get(timeline) ?? number))
    }
    this.#keys = keys
  }

  has(segment: Segment): boolean {
    return this.#keys.has(keyOf(segment))
  }

  /** The first one that there is of a timeline. */
  isFirst({ timeline, number }: Segment): boolean {
    return this.#lowest.get(timeline) === number
  }

  /** Highest first. */
  get timelines(): readonly number[] {
    return [...this.#lowest.keys()].toSorted((a, b) => b - a)
  }

  firstOf(timeline: number): Segment | undefined {
    const number = this.#lowest.get(timeline)
    return number === undefined ? undefined : { timeline, number }
  }

  /** The highest one of its timeline below it. */
  below({ timeline, number }: Segment): Segment | undefined {
    const lowest = this.#lowest.get(timeline) ?? Infinity
    for (let next = number - 1; next >= lowest; next -= 1)
      if (this.has({ timeline, number: next })) return { timeline, number: next }
    return undefined
  }

  newestOf(timeline: number): Segment | undefined {
    const number = this.#highest.get(timeline)
    return number === undefined ? undefined : { timeline, number }
  }

  /**
   * The one before: of the same timeline, or of an earlier one where this is the first of its own. After a restore an
   * earlier timeline has segments of the same numbers, which are of another past and fill no gap of this one.
   */
  before(segment: Segment): Segment | undefined {
    const { timeline } = segment
    const number = segment.number - 1
    const from = this.isFirst(segment) ? this.timelines.filter((one) => one < timeline) : [timeline]
    return from.map((one) => ({ timeline: one, number })).find((one) => this.has(one))
  }
}

/** All segments of the unbroken row that ends with the newest one, or with the newest one up to a timeline. */
export function unbroken(segments: Segments, upTo = Infinity): Segments {
  const row: Segment[] = []
  const newest = segments.timelines.find((timeline) => timeline <= upTo)
  let next = newest === undefined ? undefined : segments.newestOf(newest)
  while (next) {
    row.push(next)
    next = segments.before(next)
  }
  return new Segments(row)
}

/** Where the row of segments breaks off: the last one before, where there is one, and the first one after. */
export type Gap = { readonly before?: Segment | undefined; readonly after: Segment }

/**
 * The last gap between a segment and the newest one, or the newest one up to a timeline; undefined where all are there. No
 * recovery that begins before a gap comes over it.
 */
export function gapAfter(segments: Segments, start: Segment, upTo = Infinity): Gap | undefined {
  const row = unbroken(segments, upTo)
  const first = row.timelines.toReversed().flatMap((timeline) => row.firstOf(timeline) ?? [])[0]
  if (!first || row.has(start)) return undefined
  const before = segments.timelines
    .filter((timeline) => timeline <= first.timeline)
    .flatMap((timeline) => segments.below({ timeline, number: first.number }) ?? [])
  return { before: before.toSorted((one, other) => other.number - one.number)[0], after: first }
}

/** The database was replaced by a copy of an earlier moment. Times in ms since 1970. */
export type Replaced = {
  /** The moment that the copy was of. */
  readonly to: number
  /** When it took the place of what was there. */
  readonly at: number
  /** The timeline that was live until then. */
  readonly from: number
}

/** A span of time of which a database still has what was committed. */
export type Span = { readonly from: number; readonly until: number }

/**
 * What the database of a moment has gone through: where it was replaced before, what was committed between the moment of
 * the copy and the replacement is not in it. Newest first.
 */
export function spansOf(replaced: readonly Replaced[], moment: number): readonly Span[] {
  const before = replaced.filter(({ at }) => at <= moment)
  const last = before.at(-1)
  if (!last) return [{ from: -Infinity, until: moment }]
  return [{ from: last.at, until: moment }, ...spansOf(before.slice(0, -1), last.to)]
}

export const isIn = (spans: readonly Span[], moment: number): boolean =>
  spans.some(({ from, until }) => moment >= from && moment <= until)

/** The timeline that was live at a moment; undefined for the one that is live now, which is the newest one. */
export const timelineAt = (replaced: readonly Replaced[], moment: number): number | undefined =>
  replaced.find(({ at }) => at > moment)?.from
