import { expect, it } from 'vitest'
import { requireNoneTakenOver } from './taken-over.ts'

const byHand = { resource: 'Pool', how: 'changed', properties: ['/Targets'] } as const
const as = { stack: 'trial-database', before: 'one', after: 'one', drifts: [] }
const over = { what: 'another stands in its place', next: ['go on with that'] }
const placed = (found: typeof over | undefined) => [
  { stack: 'trial-database', takenOver: () => Promise.resolve(found) },
  { stack: 'trial-cdn', takenOver: () => Promise.resolve(undefined) },
]

it.each([
  ['would put back what a hand changed', { ...as, drifts: [byHand] }],
  ['has another template', { ...as, after: 'two' }],
])('refuses a deployment of what another has taken the place of, where it %s', async (_, stack) => {
  await expect(requireNoneTakenOver([stack], placed(over))).rejects.toMatchObject({
    where: 'trial-database',
    message: expect.stringContaining('another stands in its place'),
    hints: ['nothing was deployed', 'go on with that'],
  })
  await expect(requireNoneTakenOver([stack], placed(undefined))).resolves.toBeUndefined()
})

it.each([
  ['changes nothing of it', as],
  ['makes it', { ...as, before: null }],
  ['is of another stack', { ...as, stack: 'trial-cdn', after: 'two' }],
])('lets one go on that %s', async (_, stack) => {
  await expect(requireNoneTakenOver([stack], placed(over))).resolves.toBeUndefined()
})
