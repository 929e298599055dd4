import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { eventLoopWatch } from './event-loop.ts'

function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

it('says by how much the event loop was late since it was last asked', async () => {
  const lateMs = eventLoopWatch()
  expect(lateMs()).toBe(0)
  await setTimeout(50)
  block(300)
  await setTimeout(50)
  expect(lateMs()).toBeGreaterThan(250)
  await setTimeout(50)
  expect(lateMs()).toBeLessThan(250)
})
