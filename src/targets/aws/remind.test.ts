import { createRequire } from 'node:module'
import { expect, it } from 'vitest'

type State = { readonly StateTransitionedTimestamp: number }
// A file of the older kind has no types; what it is given is what CloudWatch answers, with times in ms.
const { isDue } = createRequire(import.meta.url)('./remind.cjs') as {
  readonly isDue: (alarms: readonly State[], now: number, everyMs: number) => boolean
}

const minute = 60_000
const every = 240 * minute
/** Alarms that began at these minutes. */
const begun = (...minutes: readonly number[]) => minutes.map((at) => ({ StateTransitionedTimestamp: at * minute }))
/** At which of the looks, each a quarter of an hour after the other, somebody is told. */
const toldAt = (...minutes: readonly number[]): readonly number[] =>
  Array.from({ length: 40 }, (_, look) => (look + 1) * 15).filter((at) => isDue(begun(...minutes), at * minute, every))

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
