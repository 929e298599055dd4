import { expect, test } from 'vitest'
import { isIn, segmentOf, Segments, spansOf, timelineAt, unbroken } from './timeline.ts'

const segments = (...names: readonly string[]) =>
  new Segments(
    names.map((name) => {
      const [timeline = 0, number = 0] = name.split('/').map(Number)
      return { timeline, number }
    }),
  )

test('reads a segment out of its name', () => {
  expect(segmentOf('000000020000000100000003')).toEqual({ timeline: 2, number: 259 })
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
