import { expect, it } from 'vitest'
import { chart } from './charts.ts'

/** Where the words of a bound stand, from the upper edge of the picture. */
function wordsOf(bound: number, highest: number): number {
  const drawn = chart(
    {
      title: 'Response time',
      unit: 'ms',
      lines: [{ name: 'p95', values: [highest] }],
      bound: { value: bound, says: 'p95' },
    },
    [1],
  )
  return Number(/class="tick boundText"[^>]* y="([\d.]+)"/.exec(drawn)?.[1])
}

it('writes what a bound says within the picture, also where it is the top of the scale', () => {
  expect(wordsOf(500, 200)).toBeGreaterThan(10)
  expect(wordsOf(500, 900)).toBeGreaterThan(10)
})
