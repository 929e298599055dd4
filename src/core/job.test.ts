import { Cron } from 'croner'
import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { onceADay } from './job.ts'

test('what is done once a day has a minute of the day that is always the same for an instance', () => {
  assert(
    property(string(), (name) => {
      const { cron, zone } = onceADay(name)
      const [first, second] = new Cron(cron, { timezone: zone, paused: true }).nextRuns(2)
      expect(Number(second) - Number(first)).toBe(86_400_000)
      expect(onceADay(name)).toEqual({ cron, zone })
    }),
  )
  expect(onceADay('production')).not.toEqual(onceADay('staging'))
})
