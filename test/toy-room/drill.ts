import type { Drill } from '../../src/core/drill.ts'
import { ask, type ToyEndpoint } from './endpoint.ts'
import { toy } from './guarantees.ts'

const several = 100

export const burst: Drill<ToyEndpoint> = {
  name: 'toy-burst',
  says: 'asks the toy a hundred times at once',
  proves: [toy.burst.id],
  every: { cron: '41 3 * * *', zone: 'UTC' },
  of: ({ port }) => Promise.resolve({ port: String(port) }),
  run: async (endpoint) => {
    const answers = await Promise.all(Array.from({ length: several }, () => ask(endpoint)))
    return { answers: answers.length }
  },
  show: ({ answers }) => `${String(answers)} answers`,
}
