import { expect, it } from 'vitest'
import { ClockWatch } from './clock.ts'

const jump = (clock: ClockWatch): number => Number(/^edge_clock_jump_seconds (\S+)$/m.exec(clock.figures())?.[1])
const minute = 60_000

it('says nothing of a clock that goes as it should, however late it is looked at', () => {
  const clock = new ClockWatch({ wall: 1000, steady: 0 })
  clock.look({ wall: 2000, steady: 1000 })
  clock.look({ wall: 2000 + 5 * minute, steady: 1000 + 5 * minute })
  expect(jump(clock)).toBe(0)
})

it.each([
  ['forwards', 3_600_000],
  ['backwards', -90_000],
])('tells of a clock that was set %s, for ten minutes', (_, by) => {
  const clock = new ClockWatch({ wall: 1_000_000, steady: 0 })
  clock.look({ wall: 1_001_000 + by, steady: 1000 })
  expect(jump(clock)).toBe(by / 1000)
  clock.look({ wall: 1_001_000 + by + 9 * minute, steady: 1000 + 9 * minute })
  expect(jump(clock)).toBe(by / 1000)
  clock.look({ wall: 1_001_000 + by + 11 * minute, steady: 1000 + 11 * minute })
  expect(jump(clock)).toBe(0)
})
