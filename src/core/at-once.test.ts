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

it('begins nothing more after one work has failed, and waits for the end of what was begun', async () => {
  const events: string[] = []
  const slow = Promise.withResolvers<void>()
  const work = async (item: number): Promise<void> => {
    events.push(`begins ${item}`)
    if (item === 1) throw new Error('the second')
    await slow.promise
    events.push(`ends ${item}`)
  }
  const all = eachAtOnce([0, 1, 2, 3, 4], work, 2).catch((error: unknown) => events.push(String(error)))
  // The failure would have been heard of by then, if it were told at once.
  await setImmediate()
  slow.resolve()
  await all
  expect(events).toEqual(['begins 0', 'begins 1', 'ends 0', 'Error: the second'])
})

it('throws what failed first', async () => {
  const work = async (item: number): Promise<void> => {
    if (item === 0) await setImmediate()
    throw new Error(`work ${item}`)
  }
  await expect(eachAtOnce([0, 1], work, 2)).rejects.toThrow('work 1')
})
