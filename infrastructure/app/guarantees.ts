import { guarantees } from '../../src/core/guarantee.ts'

export const app = guarantees('app', {
  answers: { says: 'Each step of the journey gets the correct answer.', source: 'ours' },
  loopbackOnly: {
    says: 'The app and the engines behind the site listen on loopback alone.',
    source: 'ours',
  },
  drains: { says: 'A planned change of the API interrupts no request.', source: 'ours' },
})
