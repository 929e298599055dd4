import { expect, it } from 'vitest'
import { eachUntil } from './at-once.ts'

it('does what is begun before the time is over, and leaves out the rest', async () => {
  const until = performance.now() + 200
  const begun: number[] = []
  const work = async (item: number): Promise<string> => {
    begun.push(item)
    // Time passes, and nothing is waited for: the clock is what is judged by.
    while (begun.length === 2 && performance.now() <= until);
    return `did ${item}`
  }
  expect(await eachUntil(until, [1, 2, 3, 4, 5, 6, 7, 8, 9], work)).toEqual(['did 1', 'did 2'])
})
