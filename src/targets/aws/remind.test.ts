import { expect, it } from 'vitest'
import { isDue } from './functions/remind.ts'

const minute = 60_000
const every = 240 * minute
/** Alarms that began at these minutes. */
const begun = (...minutes: readonly number[]) =>
  minutes.map((at) => ({ StateTransitionedTimestamp: new Date(at * minute) }))
/** At which of the looks, each a quarter of an hour after the other, somebody is told. */
const looks = Array.from({ length: 40 }, (_, look) => (look + 1) * 15)
const toldAt = (...minutes: readonly number[]): readonly number[] =>
  looks.filter((at) => isDue(begun(...minutes), at * minute, every))

it('reminds of what still rings after each four hours, once', () => {
  expect(toldAt(1)).toEqual([255, 495])
  expect(toldAt(0)).toEqual([240, 480])
})

it('tells of what has joined it since, at the next look, once', () => {
  expect(toldAt(1, 100)).toEqual([105, 255, 495])
  expect(toldAt(1, 5)).toEqual([15, 255, 495])
})

it('tells nothing more of what began together', () => {
  expect(toldAt(1, 1.5)).toEqual([255, 495])
})

it('tells nothing more of what has joined it, where each alarm calls by itself', () => {
  expect(looks.filter((at) => isDue(begun(1, 100), at * minute, every, true))).toEqual([255, 495])
})
