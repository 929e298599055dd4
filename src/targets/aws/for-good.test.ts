import { expect, it } from 'vitest'
import type { TemplateContent } from './assembly.ts'
import { requireConfirmed } from './for-good.ts'
import type { StackPlan } from './plan.ts'
import { at } from './template.ts'

const isIn = (template: TemplateContent): boolean => at(template, 'Resources', 'Lock') !== undefined
const stack = (name: string) => ({
  stack: name,
  region: 'us-east-1',
  component: 'backup' as const,
  forGood: { says: 'nobody can undo it', isIn },
})
const stacks = [stack('trial-backup-copies'), stack('trial-backup')]
const plan = (name: string, change: Partial<StackPlan> = {}): StackPlan => ({
  stack: name,
  region: 'us-east-1',
  before: 'one',
  after: 'two',
  changes: [],
  beside: [],
  ...change,
})
const planned = stacks.map(({ stack: name }) => plan(name))

/** What is typed, and what is thrown, where so much is confirmed. */
async function confirming(given: {
  readonly confirmed?: readonly string[]
  readonly asks?: boolean
  readonly planned?: readonly StackPlan[]
  readonly deployed?: TemplateContent
}) {
  const typed: string[] = []
  const { confirmed = [], asks = false, deployed = {} } = given
  const asked = { confirmed, asks, typed: async ({ name }: { name: string }) => void typed.push(name) }
  const thrown: unknown = await requireConfirmed(given.planned ?? planned, stacks, asked, async () => deployed).catch(
    (error: unknown) => error,
  )
  return { typed, thrown }
}

it('refuses what nobody can undo where nobody is asked, with the flag that confirms it', async () => {
  expect((await confirming({})).thrown).toMatchObject({
    where: 'trial-backup-copies',
    message: 'nobody can undo it',
    exitCode: 2,
    hints: [
      'nothing was deployed',
      'edge deploy backup --target aws --lock-for-good trial-backup-copies trial-backup confirms it',
    ],
  })
})

it('asks for the name of each stack where somebody can be asked, and of none that the command line names', async () => {
  expect(await confirming({ asks: true })).toEqual({
    typed: ['trial-backup-copies', 'trial-backup'],
    thrown: undefined,
  })
  expect(await confirming({ asks: true, confirmed: ['trial-backup'] })).toEqual({
    typed: ['trial-backup-copies'],
    thrown: undefined,
  })
  expect(await confirming({ confirmed: ['trial-backup', 'trial-backup-copies'] })).toEqual({
    typed: [],
    thrown: undefined,
  })
})

it('refuses half of it', async () => {
  expect((await confirming({ confirmed: ['trial-backup-copies'] })).thrown).toMatchObject({ where: 'trial-backup' })
})

it('asks nobody where it is so already, or where nothing is deployed', async () => {
  expect(await confirming({ deployed: { Resources: { Lock: {} } } })).toEqual({ typed: [], thrown: undefined })
  const same = stacks.map(({ stack: name }) => plan(name, { after: 'one' }))
  expect(await confirming({ planned: same })).toEqual({ typed: [], thrown: undefined })
})

it('asks of a new stack, without a look for what is not there', async () => {
  const fresh = [plan('trial-backup', { before: null })]
  const given = { planned: fresh, deployed: { Resources: { Lock: {} } } }
  expect((await confirming(given)).thrown).toMatchObject({ where: 'trial-backup' })
})

it('refuses the name of a stack in which there is nothing of that kind', async () => {
  expect((await confirming({ confirmed: ['trial-cdn'] })).thrown).toMatchObject({
    where: '--lock-for-good',
    message: 'there is nothing in trial-cdn that nobody could undo',
    exitCode: 2,
  })
})
