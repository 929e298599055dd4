import { expect, test } from 'vitest'
import type { Engine, InTurn } from '../../core/plan.ts'
import { duration } from '../../core/units.ts'
import { testWorld } from '../../../test/world.ts'
import { Turns } from './turns.ts'

const engine = (name: string, inTurn?: InTurn): Engine => ({
  kind: 'engine',
  name,
  component: 'database',
  command: ['true'],
  files: [],
  ready: { kind: 'command', command: ['true'] },
  readyWithin: duration('1 second'),
  stop: 'SIGTERM',
  stopWithin: duration('1 second'),
  after: [],
  ...(inTurn ? { inTurn } : {}),
})

/** Restarts in the order of names, backwards, and writes down what is done. */
function group() {
  const done: string[] = []
  const backwards: InTurn = async (restarts) => {
    for (const name of [...restarts.keys()].toSorted().toReversed()) await restarts.get(name)?.()
  }
  const [one, other, alone] = [engine('one', backwards), engine('two', backwards), engine('alone')]
  const turns = new Turns([one, other, alone], testWorld().world)
  const restart = (which: Engine) => turns.restart(which, async () => void done.push(which.name))
  return { done, turns, one, other, alone, restart }
}

test('restarts an engine by itself at once', async () => {
  const { restart, alone, done } = group()
  await restart(alone)
  expect(done).toEqual(['alone'])
})

test('restarts those of a group in the order that the group gives', async () => {
  const { restart, one, other, done } = group()
  await Promise.all([restart(one), restart(other)])
  expect(done).toEqual(['two', 'one'])
})

test('waits for those that need no restart to be looked at', async () => {
  const { restart, turns, one, other, done } = group()
  const restarted = restart(one)
  expect(done).toEqual([])
  turns.decided(other)
  await restarted
  expect(done).toEqual(['one'])
})

test('leaves the others as they run when one does not come back, and says so of each', async () => {
  const { restart, turns, one, other, done } = group()
  const failing = turns.restart(other, () => Promise.reject(new Error('two does not start')))
  const [first, second] = await Promise.allSettled([restart(one), failing])
  expect([first, second]).toMatchObject([
    { status: 'rejected', reason: { message: 'two does not start' } },
    { status: 'rejected', reason: { message: 'two does not start' } },
  ])
  expect(done).toEqual([])
})

test('calls one failed that the group has forgotten', async () => {
  const forgetful: InTurn = async () => undefined
  const one = engine('one', forgetful)
  const turns = new Turns([one], testWorld().world)
  await expect(turns.restart(one, async () => undefined)).rejects.toThrow('was not restarted')
})
