import { describe, expect, it } from 'vitest'
import { seconds } from '../../../src/core/units.ts'
import { loadTesting } from '../guarantees.ts'
import { extentOf, lengthOf, mostUsersOf, scaledOptions, scenarioNames, topOf } from './stages.ts'

describe.each(scenarioNames)('%s', (name) => {
  it('has the users and the time of its promise', () => {
    const { users, over } = loadTesting[name]
    expect(extentOf(name)).toMatchObject({ users: users.count, seconds: seconds(over) })
    expect(lengthOf(name, 1)).toBe(seconds(over))
  })
})

it('shortens the times of a trial, and not its users', () => {
  const { stages } = { stages: [], ...scaledOptions('load', { scale: 0.1 }) }
  expect(stages).toEqual([
    { duration: '12s', target: 100 },
    { duration: '30s', target: 100 },
    { duration: '12s', target: 0 },
  ])
})

it('has as many users as a trial asks for, and each stage its share of them', () => {
  const { stages } = { stages: [], ...scaledOptions('stress', { scale: 1, users: 10 }) }
  expect(stages.map(({ target }) => target)).toEqual([1, 1, 5, 5, 10, 10, 0])
  expect(scaledOptions('smoke', { scale: 1, users: 2 })).toMatchObject({ vus: 2 })
})

it('begins as many journeys in its twin as its users would', () => {
  // 100 users whose journeys take 18 s: 3,333 in ten minutes.
  expect(scaledOptions('load', { scale: 1, open: true }, 18)).toMatchObject({
    executor: 'ramping-arrival-rate',
    timeUnit: '10m',
    startRate: 0,
    stages: [
      { duration: '120s', target: 3333 },
      { duration: '300s', target: 3333 },
      { duration: '120s', target: 0 },
    ],
    // All that a standstill may keep: for each that k6 had to add, a journey would fall.
    preAllocatedVUs: 400,
    maxVUs: 400,
  })
  expect(scaledOptions('stress', { scale: 1, open: true }, 18)).toMatchObject({ preAllocatedVUs: 1500, maxVUs: 4000 })
  expect(mostUsersOf('stress', { open: true })).toBe(4000)
  expect([mostUsersOf('stress', {}), mostUsersOf('load', { users: 7, open: true })]).toEqual([1000, 28])
  expect(scaledOptions('smoke', { scale: 1, open: true }, 18)).toMatchObject({
    executor: 'constant-arrival-rate',
    rate: 167,
    duration: '60s',
  })
})

it.each([
  ['smoke', 1, undefined],
  ['load', 1, { from: 120, to: 420 }],
  ['stress', 0.1, { from: 132, to: 162 }],
] as const)('%s at scale %f has all of its users between %o', (name, scale, top) => {
  const found = topOf(name, scale)
  expect(found && { from: Math.round(found.from), to: Math.round(found.to) }).toEqual(top)
})
