import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { exampleInstance } from '../test/example-instance.ts'
import { schema } from '../src/config/schema.ts'
import { compose } from './compose.ts'
import { roomNames, rooms } from './rooms.ts'

const { plan } = compose(schema.parse({ site: { static: 'web' } }), exampleInstance, '/srv/production.config.ts')

describe('the list of rooms', () => {
  it('has every folder that is a room', () => {
    expect(rooms.length).toBe(globSync('*/room.ts', { cwd: import.meta.dirname }).length)
  })

  it.each(rooms)('has $name by the name that its component and its guarantees have', async ({ name, load }) => {
    const component = await load()
    const others = Object.values(component.guarantees).filter((guarantee) => guarantee.component !== name)
    expect([component.name, ...others.map(({ id }) => id)]).toEqual([name])
  })

  it.each(rooms)('has the stacks of $name on AWS by the names that they have there', async ({ name, aws }) => {
    const stacks = Object.entries<{ name: string; component: string }>((await aws?.()) ?? {})
    expect(stacks.map(([, stack]) => [stack.name, stack.component])).toEqual(stacks.map(([its]) => [its, name]))
  })

  it('has the room of every part of the plan', () => {
    expect(plan.filter(({ component }) => !roomNames.some((name) => name === component))).toEqual([])
  })
})
