import { expect, it } from 'vitest'
import { GrowingPauses } from './growing-pauses.ts'

it('are twice as long after each try, to a bound, and hold up nothing else', () => {
  const pauses = new GrowingPauses({ firstMs: 10, longestMs: 60 })
  const waited: number[] = []
  let now = 0
  for (let tries = 0; tries < 5; tries += 1) {
    expect(pauses.isDue('one', now)).toBe(true)
    pauses.tried('one', now)
    const from = now
    while (!pauses.isDue('one', now)) now += 1
    waited.push(now - from)
    expect(pauses.isDue('other', now)).toBe(true)
  }
  expect(waited).toEqual([10, 20, 40, 60, 60])
})
