import type { SeenSecond } from './watch.ts'

/** What was measured while about so many users were there. */
type Level = { readonly users: number; readonly requestsPerSecond: number; readonly p95: number }

export type Capacity = {
  readonly levels: readonly Level[]
  /** With more users nothing more is answered; undefined where no level lies past it. */
  readonly knee: number | undefined
  readonly says: string
}

const levels = 10
/** Fewer seconds say little about a level. */
const leastSeconds = 5
/** Users who are that many more, and get so little more answered, are past the knee. */
const [moreUsers, moreAnswers] = [1.2, 1.05]

/**
 * How much was answered at each level of load. A capacity is only claimed where a measured level lies past the knee: no
 * curve that is fitted to levels below it has been right.
 * @param cap no more requests than that were sent in a second, if anything held them back
 */
export function capacityOf(timeline: readonly SeenSecond[], cap?: number): Capacity {
  const found = levelsOf(timeline)
  // It would be found at the cap, whatever the site can do.
  if (cap !== undefined)
    return {
      levels: found,
      knee: undefined,
      says: `Knee not looked for: no more than ${cap} requests a second were sent.`,
    }
  const peak = found.toSorted((one, other) => other.requestsPerSecond - one.requestsPerSecond)[0]
  const highest = found.at(-1)
  if (!peak || !highest || found.length < 3)
    return { levels: found, knee: undefined, says: 'Knee not looked for: the load had too few levels.' }
  // By the operational law: with few users each gets all that it asks for, so many a second. Not by the lowest level alone:
  // visitors who have just come all ask at once, and think afterwards.
  const knee = Math.round(peak.requestsPerSecond / eachAsksIn(found))
  const isPast = found.some(
    ({ users, requestsPerSecond }) =>
      users * moreUsers <= highest.users && highest.requestsPerSecond <= requestsPerSecond * moreAnswers,
  )
  if (!isPast)
    return {
      levels: found,
      knee: undefined,
      says: `Knee not reached: up to ${highest.users} users, each was answered as fast as it asked.`,
    }
  return {
    levels: found,
    knee,
    says: `Knee at about ${knee} users: ${Math.round(peak.requestsPerSecond)} requests a second are all that is answered, with ${highest.users} users, too.`,
  }
}

/** The median of the lower half of the levels. */
function eachAsksIn(found: readonly Level[]): number {
  const lower = found.slice(0, Math.ceil(found.length / 2)).map((level) => level.requestsPerSecond / level.users)
  return lower.toSorted((one, other) => one - other)[Math.floor(lower.length / 2)] ?? 0
}

function levelsOf(timeline: readonly SeenSecond[]): readonly Level[] {
  const most = Math.max(0, ...timeline.map(({ users }) => users))
  const groups = Map.groupBy(
    timeline.filter(({ users }) => users > 0),
    ({ users }) => Math.ceil((users * levels) / most),
  )
  return [...groups]
    .toSorted(([one], [other]) => one - other)
    .flatMap(([, seconds]): readonly Level[] => {
      if (seconds.length < leastSeconds) return []
      const p95s = seconds.flatMap(({ p95 }) => p95 ?? [])
      return [
        {
          users: Math.round(mean(seconds.map(({ users }) => users))),
          requestsPerSecond: mean(seconds.map(({ requestsPerSecond }) => requestsPerSecond)),
          // Of the seconds' own: half of them were better.
          p95: p95s.toSorted((one, other) => one - other)[Math.floor(p95s.length / 2)] ?? 0,
        },
      ]
    })
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
