import { expect, test } from 'vitest'
import { askedOnce } from './asked-once.ts'

/** Answers how often it was asked, on a clock of the test's. */
function question() {
  let [asked, at] = [0, 0]
  let broken = false
  const ask = async () => {
    asked += 1
    if (broken) throw new Error('away')
    return asked
  }
  return {
    once: askedOnce(ask, 1000, () => at),
    wait: (ms: number) => void (at += ms),
    breakIt: (isBroken: boolean) => void (broken = isBroken),
  }
}

test('asks once for all who come within a second, and again after it', async () => {
  const { once, wait } = question()
  expect(await Promise.all([once(), once()])).toEqual([1, 1])
  wait(999)
  expect(await once()).toBe(1)
  wait(1)
  expect(await once()).toBe(2)
})

test('tells all who wait that there is no answer, and asks anew for who comes next', async () => {
  const { once, breakIt } = question()
  breakIt(true)
  const waiting = [once(), once()]
  for (const each of waiting) await expect(each).rejects.toThrow('away')
  breakIt(false)
  expect(await once()).toBe(2)
})

test('lets everybody wait for the one question that is under way, however long it takes', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  let [asked, at] = [0, 0]
  const once = askedOnce(
    () => {
      asked += 1
      return promise
    },
    1000,
    () => at,
  )
  const first = once()
  at = 5000
  const later = once()
  resolve('there')
  expect([await first, await later, asked]).toEqual(['there', 'there', 1])
})
