import { guarantees } from '../../src/core/guarantee.ts'
import { count, duration, percent } from '../../src/core/units.ts'

export const loadTesting = guarantees('loadTesting', {
  smoke: {
    says: 'A few visitors get what they ask for.',
    source: 'document',
    users: count(5, 'users'),
    over: duration('1 minute'),
  },
  load: {
    says: 'The usual crowd gets what it asks for, fast enough.',
    source: 'document',
    users: count(100, 'users'),
    over: duration('9 minutes'),
  },
  stress: {
    says: 'Ten times the usual crowd gets what it asks for, fast enough.',
    source: 'document',
    users: count(1000, 'users'),
    over: duration('32 minutes'),
  },
  soak: {
    says: 'The usual crowd stays for an hour, and nothing wears out.',
    source: 'document',
    users: count(100, 'users'),
    over: duration('70 minutes'),
  },
  journey: {
    says: 'Visitors get through the whole journey: homepage, login, browse sports, odds, predictions, logout.',
    source: 'document',
  },
  responseTime: {
    says: '95 of 100 requests are answered in this time.',
    source: 'document',
    below: duration('500 ms'),
  },
  errorRate: { says: 'Hardly any request fails.', source: 'document', below: percent(1) },
  successRate: { says: 'Nearly every answer is the right one.', source: 'document', above: percent(95) },
  tailLatency: { says: '99 of 100 requests are answered in this time.', source: 'ours', below: duration('1 second') },
  thinkTime: {
    says: 'Visitors of a test look at a page as long as people do.',
    source: 'ours',
    between: [duration('1 second'), duration('5 seconds')],
  },
  reports: {
    says: 'Each run leaves a report to read and one for programs, with the three metrics.',
    source: 'document',
  },
})
