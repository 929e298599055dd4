import { describe, expect, it } from 'vitest'
import { seconds } from '../../../src/core/units.ts'
import { loadTesting } from '../guarantees.ts'
import { extentOf, scaledOptions, scenarioNames } from './stages.ts'

describe.each(scenarioNames)('%s', (name) => {
  it('has the users and the time of its promise', () => {
    const { users, over } = loadTesting[name]
    expect(extentOf(name)).toMatchObject({ users: users.count, seconds: seconds(over) })
  })
})

it('shortens the times of a trial, and not its users', () => {
  const { stages } = { stages: [], ...scaledOptions('load', 0.1) }
  expect(stages).toEqual([
    { duration: '12s', target: 100 },
    { duration: '30s', target: 100 },
    { duration: '12s', target: 0 },
  ])
})
