import type { DocumentStep } from '../../src/core/room.ts'

/** In the document's order and words. */
export const documentSteps: readonly DocumentStep[] = [
  { step: 'choice of scenario', here: 'edge load-test smoke | load | stress | soak' },
  { step: 'run', here: 'k6' },
  { step: 'reports', here: 'report.html and result.json of each run' },
  { step: 'analysis', here: 'response time, error rate, success rate' },
]
