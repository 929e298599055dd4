import { expect, it } from 'vitest'
import { quietSecond } from './proofs/test-result.ts'
import { saturationOf } from './saturation.ts'
import type { SeenSecond } from './watch.ts'

const calm: SeenSecond = {
  ...quietSecond,
  busiestThread: { api1: 30, pgbouncer: 10 },
  pool: { inUse: 5, most: 100, waiting: 0 },
  connections: { open: 30, most: 500 },
}
/** A minute in which each change holds from its second on. */
const minute = (changes: readonly (readonly [from: number, change: Partial<SeenSecond>])[]) =>
  Array.from({ length: 60 }, (_, seconds) => ({
    ...calm,
    seconds,
    ...Object.assign({}, ...changes.filter(([from]) => seconds >= from).map(([, change]) => change)),
  }))
const slow: readonly [number, Partial<SeenSecond>] = [30, { p95: 800 }]

it.each<[string, Partial<SeenSecond>, string]>([
  ['the processors', { idlePercent: 3 }, 'the processors of the machine, from 10 s on (up to 97 %)'],
  [
    'one thread',
    { busiestThread: { api1: 99, pgbouncer: 10 } },
    'the busiest thread of api1, from 10 s on (up to 99 %)',
  ],
  ['a late event loop', { eventLoops: { api1: 450 } }, 'the event loop of api1, from 10 s on (up to 450 ms late)'],
  ['the database', { longestMs: 9000 }, 'a query of the database, from 10 s on (up to 9000 ms under way)'],
  [
    "PostgreSQL's own connections, of which others than the pool took most",
    { connections: { open: 490, most: 500 } },
    'the connections of PostgreSQL, from 10 s on (up to 98 %)',
  ],
  [
    'the pool',
    { pool: { inUse: 100, most: 100, waiting: 0 } },
    'the connections of the pool, from 10 s on (up to 100 %)',
  ],
  [
    'who waits',
    { pool: { inUse: 50, most: 100, waiting: 7 } },
    'who waits for a connection of the pool, from 10 s on (up to 7 at once)',
  ],
])('names %s that came to its end first, and that it precedes the response time', (_what, change, words) => {
  const { says, first } = saturationOf(minute([[10, change], slow]))
  expect(first?.since).toBe(10)
  expect(says).toBe(`${words}. That precedes the response time, which went beyond its bound at 30 s.`)
})

it('says when the response time was first', () => {
  expect(saturationOf(minute([[40, { idlePercent: 3 }], slow])).says).toBe(
    'the processors of the machine, from 40 s on (up to 97 %). The response time went beyond its bound before, at 30 s.',
  )
})

it('says so when none is seen, and clears each with what was seen of it', () => {
  const { says, resources, first } = saturationOf(minute([]))
  expect([first, says]).toEqual([undefined, 'None seen: no resource came to its end.'])
  expect(resources.map(({ name, worst }) => `${name}: ${worst}`)).toEqual([
    'the processors of the machine: up to 20 %',
    'the busiest thread of api1: up to 30 %',
    'the busiest thread of pgbouncer: up to 10 %',
    'the connections of PostgreSQL: up to 6 %',
    'the connections of the pool: up to 5 %',
    'who waits for a connection of the pool: up to 0 at once',
  ])
})

it('takes a single bad second for no end', () => {
  const timeline = minute([]).map((second) => (second.seconds === 20 ? { ...second, idlePercent: 0 } : second))
  expect(saturationOf(timeline).first).toBeUndefined()
})
