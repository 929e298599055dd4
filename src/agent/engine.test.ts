import { Cron } from 'croner'
import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { allGuarantees } from '../cli/rooms.ts'
import { drilledGuarantees, onceADay } from './engine.ts'

test('what is done once a day has a minute of the day that is always the same for an instance', () => {
  assert(
    property(string(), (name) => {
      const [first, second] = new Cron(onceADay(name), { timezone: 'UTC', paused: true }).nextRuns(2)
      expect(Number(second) - Number(first)).toBe(86_400_000)
      expect(onceADay(name)).toBe(onceADay(name))
    }),
  )
  expect(onceADay('production')).not.toBe(onceADay('staging'))
})

test('what the drill measures are guarantees that there are', () => {
  const ids: readonly string[] = allGuarantees.map(({ id }) => id)
  expect(ids).toEqual(expect.arrayContaining(drilledGuarantees))
})
