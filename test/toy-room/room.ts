import { room } from '../../src/core/room.ts'
import { toyReserved } from './reserved.ts'

export const toyRoom = room({
  name: 'toy',
  field: 'toy',
  settings: async () => (await import('./settings.ts')).toySettings,
  words: { question: 'Toy: one engine', spellings: ['toys'], documentSteps: [{ step: 'toy', here: 'one engine' }] },
  reserved: toyReserved,
  verbs: [
    {
      name: 'toy',
      description: 'Ask the toy how often it was asked.',
      options: [],
      examples: ['edge toy'],
      load: async () => (await import('./verb.ts')).count,
    },
  ],
  aws: async () => (await import('./aws/room.ts')).stacks,
  load: async () => (await import('./component.ts')).toyComponent,
})
