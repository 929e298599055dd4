import { describe, expect, it } from 'vitest'
import type { ComponentName } from '../../core/guarantee.ts'
import { chosenStacks, doomedStacks, requireNamed } from './choose.ts'
import { MissingOutput, Outputs } from './outputs.ts'
import { waitsFor } from './order.ts'
import { place } from './place.ts'
import type { RoomStack } from './room.ts'

const where = { instance: 'toy', account: '123456789012', region: 'eu-central-1' }
const stackOf = (component: ComponentName): RoomStack<object, object, { readonly id: string }> => ({
  component,
  name: component,
  title: component,
  region: 'configured',
  define: () => undefined,
  provides: (outputs) => ({ id: outputs.get('Id') }),
})
const database = place(where, stackOf('database'), {}, {}, () => ({}))
const backup = place(where, stackOf('backup'), {}, { database }, (given) => given)
const cdn = place(where, stackOf('cdn'), {}, {}, () => ({}))
const all = [cdn, backup, database]

const chosen = (named: readonly ComponentName[], skipped: readonly ComponentName[] = []) =>
  chosenStacks(all, { named, skipped }, 'plan').map(({ stack }) => stack)

describe('the stacks of a command', () => {
  it('are all that there are, each after those that it needs', () => {
    expect(chosen([])).toEqual(['toy-cdn', 'toy-database', 'toy-backup'])
  })

  it('are those that are named, with those that they need', () => {
    expect(chosen(['backup'])).toEqual(['toy-database', 'toy-backup'])
  })

  it('are without those that are left out', () => {
    expect(chosen([], ['database', 'cdn'])).toEqual(['toy-backup'])
  })

  it('are none of a component that has none: it is said, and what there is', () => {
    expect(() => chosen(['monitoring', 'cdn'])).toThrow(
      'on AWS there is no stack of monitoring yet, only of cdn, backup, database',
    )
  })
})

describe('the stacks that are deleted', () => {
  const doomed = (named: readonly ComponentName[], there = all) => doomedStacks(there, named).map(({ stack }) => stack)

  it('are all that are there where nothing is named', () => {
    expect(doomed([], [cdn, database])).toEqual(['toy-cdn', 'toy-database'])
  })

  it('are those of the named components alone', () => {
    expect(doomed(['backup'])).toEqual(['toy-backup'])
    expect(doomed(['database'], [cdn, database])).toEqual(['toy-database'])
  })

  it('are none that another one stands on, which would stay: it is said which', () => {
    expect(() => doomed(['database'])).toThrow(
      expect.objectContaining({
        message: 'toy-backup needs database, and would stay',
        hints: ['nothing was deleted', 'edge destroy database backup --target aws deletes both'],
      }),
    )
  })
})

describe('a stack that needs another one', () => {
  const outputs = (values: Readonly<Record<string, string>>) =>
    new Outputs(new Map(Object.entries(values)), (name) => new MissingOutput('toy-database', `has no ${name}`, ''))

  it.each([
    ['is not there', new Map(), ['toy-database']],
    ['does not answer what it should', new Map([['toy-database', outputs({ Other: 'a' })]]), ['toy-database']],
    ['answers it', new Map([['toy-database', outputs({ Id: 'a' })]]), []],
  ])('waits where that one %s', (_, answers, stacks) => {
    expect(waitsFor(backup, answers)).toEqual(stacks)
  })
})

describe('a deployment that nobody is asked about', () => {
  const plannedWith = (there: readonly string[]) =>
    all.map(({ stack }) => ({ stack, before: there.includes(stack) ? 'a hash' : null }))

  it('adds no component to those that are there, unless it is named', () => {
    expect(() => requireNamed(plannedWith(['toy-cdn']), all)).toThrow('would add backup, database to cdn')
  })

  it('brings everything where nothing is there yet, and what is there to what is configured', () => {
    expect(() => requireNamed(plannedWith([]), all)).not.toThrow()
    expect(() => requireNamed(plannedWith(all.map(({ stack }) => stack)), all)).not.toThrow()
  })
})
