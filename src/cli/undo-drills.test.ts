import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import type { Step } from '../core/plan.ts'
import { undoKilledDrills } from './undo-drills.ts'

let state: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-undo-'))
  await mkdir(join(state, 'run'))
})
afterEach(() => rm(state, { recursive: true }))

/** A step of which something is missing until it is ensured; `done` has the names of those that were. */
const missing = (done: string[], step: Partial<Step> & Pick<Step, 'name'>): Step => ({
  kind: 'step',
  component: 'monitoring',
  title: step.name,
  after: [],
  observe: async () => (done.includes(step.name) ? 'done' : { missing: 'its end' }),
  ensure: async () => void done.push(step.name),
  ...step,
})

it('has what a killed process left taken back, and leaves every other step to its verb', async () => {
  const done: string[] = []
  const plan = [missing(done, { name: 'left', takesBack: true }), missing(done, { name: 'other' })]
  const { world, stderr } = testWorld()
  await undoKilledDrills({ instance: { state }, composed: { plan }, world })
  await undoKilledDrills({ instance: { state }, composed: { plan }, world })
  expect(done).toEqual(['left'])
  expect(stderr()).toBe('')
})

it('says what could not be taken back, and goes on', async () => {
  const done: string[] = []
  const fails = async () => Promise.reject(new Error('the disk is full'))
  const plan = [
    missing(done, { name: 'drills', takesBack: true, ensure: fails }),
    missing(done, { name: 'left', takesBack: true }),
  ]
  const { world, stderr } = testWorld()
  await undoKilledDrills({ instance: { state }, composed: { plan }, world })
  expect(done).toEqual(['left'])
  expect(stderr()).toBe('drills: what a killed drill has caused is not undone yet: the disk is full\n')
})
