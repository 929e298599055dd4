import { describe, expect, it } from 'vitest'
import { assertSound, closure, levels, without } from './graph.ts'
import type { Step } from './plan.ts'

const step = (name: string, ...after: string[]): Step => ({
  kind: 'step',
  name,
  title: name,
  component: 'app',
  after,
  observe: async () => 'done',
  ensure: async () => undefined,
})
const names = (parts: readonly { name: string }[]): string[] => parts.map(({ name }) => name)

describe('the graph of a plan', () => {
  const plan = [step('nginx', 'api', 'release'), step('api', 'database'), step('database'), step('release')]

  it('puts each part on a level after those that it stands on', () => {
    expect(levels(plan).map(names)).toEqual([['database', 'release'], ['api'], ['nginx']])
  })

  it('takes along what a chosen part stands on, and nothing else', () => {
    expect(names(closure(plan, (part) => part.name === 'api'))).toEqual(['api', 'database'])
  })

  it('leaves a part out, and what stood on it waits for what that one waited for', () => {
    const left = without(plan, (part) => part.name === 'api')
    expect(left.map(({ name, after }) => [name, after])).toEqual([
      ['nginx', ['database', 'release']],
      ['database', []],
      ['release', []],
    ])
  })

  it('names a part that is waited for and is not there', () => {
    expect(() => assertSound([step('api', 'database')])).toThrow('api waits for database, which is not in the plan')
  })

  it('names the parts that wait for each other', () => {
    expect(() => assertSound([step('a', 'b'), step('b', 'a')])).toThrow('a, b')
  })

  it('refuses two parts of one name', () => {
    expect(() => assertSound([step('a'), step('a')])).toThrow('one name')
  })
})
