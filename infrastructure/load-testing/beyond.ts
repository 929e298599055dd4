import { magnitude } from '../../src/core/units.ts'
import { ms } from './figures.ts'
import { loadTesting } from './guarantees.ts'
import type { SeenSecond } from './watch.ts'

/** So many are named. */
const most = 3

type Time = { readonly from: number; readonly to: number; readonly of: 'p95' | 'p99'; readonly worst: number }

/**
 * Names the seconds in which answers took longer than is promised. A standstill of seconds is met by one request of each user
 * who waits: of all requests of some minutes they are too few for any bound, and here they are seen.
 */
export function secondsBeyond(timeline: readonly SeenSecond[]): string {
  const timed = timeline.filter(({ p95 }) => p95 !== null)
  if (timed.length === 0) return ''
  const times = timesBeyond(timed)
  if (times.length === 0) return 'In no second was it beyond its bound.'
  // A point of a long run is several seconds.
  const each = Math.max(1, Math.round((timeline.at(-1)?.seconds ?? 0) / timeline.length))
  const worst = times.toSorted((one, other) => other.worst - one.worst).slice(0, most)
  const named = worst.toSorted((one, other) => one.from - other.from).map(inWords)
  const more = times.length > most ? `, and ${times.length - most} times more` : ''
  const many = timed.filter((second) => beyond(second) !== undefined).length
  return `Beyond its bound in ${many * each} of ${timed.length * each} seconds: ${named.join(', ')}${more}.`
}

/** What follows each other is one time. */
function timesBeyond(timed: readonly SeenSecond[]): readonly Time[] {
  const times: Time[] = []
  let goesOn = false
  for (const second of timed) {
    const found = beyond(second)
    const before = found && goesOn ? times.pop() : undefined
    if (found && before)
      times.push({ ...(before.worst > found.worst ? before : found), from: before.from, to: found.to })
    else if (found) times.push(found)
    goesOn = found !== undefined
  }
  return times
}

/** Either of the two promises is enough: of many answers in a second, a few late ones are in its p99 alone. */
function beyond({ seconds, p95, p99 }: SeenSecond): Time | undefined {
  const at = { from: Math.round(seconds), to: Math.round(seconds) }
  if (p99 !== null && p99 >= magnitude(loadTesting.tailLatency.below)) return { ...at, of: 'p99', worst: p99 }
  if (p95 !== null && p95 >= magnitude(loadTesting.responseTime.below)) return { ...at, of: 'p95', worst: p95 }
  return undefined
}

const inWords = ({ from, to, of, worst }: Time): string =>
  `${from === to ? `at ${from}` : `${from} to ${to}`} s (${of} ${ms(worst)})`
