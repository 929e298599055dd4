import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { eachAtOnce, eachUntil } from './at-once.ts'

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

it('begins nothing more after one work has failed', async () => {
  const begun: number[] = []
  const others = Promise.withResolvers<void>()
  const work = async (item: number): Promise<void> => {
    begun.push(item)
    if (item === 1) throw new Error('the second')
    await others.promise
  }
  await expect(eachAtOnce([0, 1, 2, 3, 4], work, 2)).rejects.toThrow('the second')
  others.resolve()
  // The other worker has gone on by then, if it does.
  await setImmediate()
  expect(begun).toEqual([0, 1])
})
