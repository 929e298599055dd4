import { expect, test } from 'vitest'
import { bounded, Overloaded } from './bounded.ts'

/** Work that ends when it is told to. */
function heldWork() {
  const open: (() => void)[] = []
  let running = 0
  let most = 0
  const work = async () => {
    running += 1
    most = Math.max(most, running)
    await new Promise<void>((resolve) => open.push(resolve))
    running -= 1
  }
  const endOne = async () => {
    open.shift()?.()
    await new Promise(setImmediate)
  }
  return { work, endOne, most: () => most, running: () => running }
}

test('runs no more at once than it may', async () => {
  const run = bounded(2, 10)
  const held = heldWork()
  const all = [1, 2, 3, 4, 5].map(() => run(held.work))
  for (let ended = 0; ended < 5; ended += 1) await held.endOne()
  await Promise.all(all)
  expect(held.most()).toBe(2)
})

test('refuses what would wait beyond the bound, at once', async () => {
  const run = bounded(1, 1)
  const held = heldWork()
  const first = run(held.work)
  const second = run(held.work)
  await expect(run(held.work)).rejects.toBeInstanceOf(Overloaded)
  await held.endOne()
  await held.endOne()
  await Promise.all([first, second])
})

test('goes on after work that failed', async () => {
  const run = bounded(1, 1)
  await expect(run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(run(async () => 'yes')).resolves.toBe('yes')
})
