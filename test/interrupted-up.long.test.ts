import { afterAll, beforeAll } from 'vitest'
import { TestInstance } from './instance.ts'
import { cutIn, interruptedUp, type Step, type Trial, wholeRun } from './interrupted-up.ts'
import { leaveReport } from './long-report.ts'

const times = 10
const trials: Trial[] = []
let whole: readonly Step[]
beforeAll(async () => {
  const instance = await TestInstance.make()
  whole = await wholeRun(instance).finally(() => instance.remove())
})
afterAll(() => leaveReport('interrupted-up', trials))

// Each on an instance of its own: a second cut finds most of the work done.
for (const signal of ['SIGKILL', 'SIGINT'] as const)
  for (let part = 0; part < times; part += 1)
    interruptedUp(
      () => whole,
      [cutIn(signal, part, times)],
      (trial) => trials.push(trial),
    )
