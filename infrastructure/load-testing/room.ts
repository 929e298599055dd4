import { room } from '../../src/core/room.ts'

export const loadTestingRoom = room({
  name: 'loadTesting',
  field: 'loadTesting',
  settings: async () => (await import('./settings.ts')).loadTestingSettings,
  words: {
    question: 'Load tests: the smoke test, one minute',
    spellings: ['load-testing', 'load-tests'],
    documentSteps: [
      { step: 'choice of scenario', here: 'edge load-test smoke | load | stress | soak' },
      { step: 'run', here: 'k6' },
      { step: 'reports', here: 'report.html and result.json of each run' },
      { step: 'analysis', here: 'response time, error rate, success rate' },
    ],
  },
  load: async () => (await import('./component.ts')).loadTestingComponent,
})
