import { expect, it } from 'vitest'
import { idleInBusiestMinute, idlePercent, parseProcessorTimes } from './machine.ts'

/** One look a second at a machine of 100 ticks a second. */
const looks = (idle: readonly number[]) =>
  [0, ...idle].reduce<{ all: number; idle: number }[]>((list, ticks) => {
    const last = list.at(-1)
    return [...list, { all: last ? last.all + 100 : 0, idle: (last?.idle ?? 0) + ticks }]
  }, [])

it('finds the busiest minute of a long run', () => {
  const idle = Array.from({ length: 300 }, (_, at) => (at >= 100 && at < 160 ? 10 : 90))
  expect(idleInBusiestMinute(looks(idle))).toBe(10)
})

it('takes a short run as a whole', () => {
  expect(idleInBusiestMinute(looks([0, 100, 50]))).toBe(50)
})

it('takes a clock that stands still for a free machine', () => {
  expect(idlePercent({ all: 5, idle: 1 }, { all: 5, idle: 1 })).toBe(100)
})

it('counts as free what gives way, and waits for disks', () => {
  expect(parseProcessorTimes('cpu  10 20 30 40 5 1 2 3 100 100')).toEqual({ all: 111, idle: 65 })
})
