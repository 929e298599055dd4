import { guarantees } from '../../src/core/guarantee.ts'
import { count, duration, percent } from '../../src/core/units.ts'

export const loadTesting = guarantees('loadTesting', {
  smoke: {
    says: 'A few users are served correctly.',
    source: 'document',
    users: count(5, 'users'),
    over: duration('1 minute'),
  },
  load: {
    says: 'The expected load is served correctly and fast enough.',
    source: 'document',
    users: count(100, 'users'),
    over: duration('9 minutes'),
  },
  stress: {
    says: 'Ten times the expected load is served correctly and fast enough.',
    source: 'document',
    users: count(1000, 'users'),
    over: duration('32 minutes'),
  },
  soak: {
    says: 'The expected load runs for over an hour without degradation.',
    source: 'document',
    users: count(100, 'users'),
    over: duration('70 minutes'),
  },
  journey: {
    says: 'Users complete the whole journey: homepage, login, browse sports, odds, predictions, logout.',
    source: 'document',
  },
  responseTime: {
    says: '95 of 100 requests are answered in this time.',
    source: 'document',
    below: duration('500 ms'),
  },
  errorRate: { says: 'Hardly any request fails.', source: 'document', below: percent(1) },
  successRate: { says: 'Nearly every answer is correct.', source: 'document', above: percent(95) },
  tailLatency: { says: '99 of 100 requests are answered in this time.', source: 'ours', below: duration('1 second') },
  thinkTime: {
    says: 'Simulated users pause between steps as people do.',
    source: 'ours',
    between: [duration('1 second'), duration('5 seconds')],
  },
  reports: {
    says: 'Each run writes an HTML and a JSON report with the three metrics.',
    source: 'document',
  },
})
