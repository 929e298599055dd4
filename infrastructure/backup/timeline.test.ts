import { expect, test } from 'vitest'
import { gapAfter, isIn, nameOf, segmentOf, Segments, spansOf, timelineAt, unbroken } from './timeline.ts'

const segments = (...names: readonly string[]) =>
  new Segments(
    names.map((name) => {
      const [timeline = 0, number = 0] = name.split('/').map(Number)
      return { timeline, number }
    }),
  )

test('reads a segment out of its name, and names it', () => {
  expect(segmentOf('000000020000000100000003')).toEqual({ timeline: 2, number: 259 })
  expect(nameOf({ timeline: 2, number: 259 })).toBe('000000020000000100000003')
})

test.each([
  ['of one timeline', ['1/5', '1/6', '1/7'], '1/5'],
  ['after a gap', ['1/1', '1/2', '1/5', '1/6'], '1/5'],
  ['over a change of the primary', ['1/1', '1/2', '2/2', '2/3'], '1/1'],
  ['over a restore to an earlier moment', ['1/1', '1/2', '1/3', '1/4', '3/2', '3/3'], '1/1'],
  ['that an earlier timeline does not fill', ['1/1', '1/2', '1/3', '1/4', '3/2', '3/4'], '3/4'],
])('finds the first segment of the unbroken row %s', (_, names, first) => {
  const row = unbroken(segments(...names))
  const [timeline = 0, number = 0] = first.split('/').map(Number)
  expect(row.has({ timeline, number })).toBe(true)
  expect(row.before({ timeline, number })).toBeUndefined()
})

test('has no row where nothing is archived', () => {
  expect(unbroken(segments()).timelines).toEqual([])
})

test.each([
  ['no gap', ['1/5', '1/6', '1/7'], '1/5', undefined, undefined],
  ['one segment missing', ['1/5', '1/6', '1/8'], '1/5', undefined, ['1/6', '1/8']],
  ['nothing before the gap', ['1/8', '1/9'], '1/5', undefined, [undefined, '1/8']],
  [
    'a gap that an earlier timeline does not fill',
    ['1/1', '1/2', '1/3', '3/2', '3/4'],
    '1/1',
    undefined,
    ['1/3', '3/4'],
  ],
  ['a gap of a later timeline', ['1/1', '1/2', '1/3', '3/2', '3/4'], '1/1', 1, undefined],
])('of a recovery over %s it is known where it would end', (_, names, start, upTo, gap) => {
  const [timeline = 0, number = 0] = start.split('/').map(Number)
  const found = gapAfter(segments(...names), { timeline, number }, upTo)
  const written = (one?: { timeline: number; number: number }) => one && `${one.timeline}/${one.number}`
  expect(found && [written(found.before), written(found.after)]).toEqual(gap)
})

// Replaced at 100 by a copy of 50, and at 200 by one of 80.
const replaced = [
  { to: 50, at: 100, from: 1 },
  { to: 80, at: 200, from: 3 },
]

test.each([
  [40, 1],
  [80, 1],
  [150, 3],
  [250, undefined],
])('the timeline that was live at %d is %s', (moment, timeline) => {
  expect(timelineAt(replaced, moment)).toBe(timeline)
})

test.each([
  ['before the first restore', 90, [[-Infinity, 90]]],
  [
    'between both',
    150,
    [
      [100, 150],
      [-Infinity, 50],
    ],
  ],
  // Back to a moment of before the first one: what that one brought is gone.
  [
    'after both',
    250,
    [
      [200, 250],
      [-Infinity, 80],
    ],
  ],
])('a database of %s has what was committed then', (_, moment, spans) => {
  expect(spansOf(replaced, moment).map(({ from, until }) => [from, until])).toEqual(spans)
})

test('a backup of a past that was replaced does not count for a moment of after', () => {
  const spans = spansOf(replaced, 150)
  expect([40, 70, 120, 160].map((made) => isIn(spans, made))).toEqual([true, false, true, false])
})
