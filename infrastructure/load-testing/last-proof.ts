import type { LastProof } from '../../src/core/component.ts'
import type { LoadTestingEndpoint } from './endpoint.ts'
import { resultLines } from './result-lines.ts'
import { runHere } from './run-here.ts'

/** The smoke test: a minute. */
export const lastProof: LastProof<LoadTestingEndpoint> = async (endpoint, k6, world, screen) => {
  const result = await runHere(endpoint, 'smoke', { k6 }, world, screen)
  return {
    name: 'smoke',
    json: result,
    isGood: result.verdict === 'passed',
    lines: (paint) => resultLines(result, paint),
    next: 'edge load-test smoke, when the machine has nothing else to do',
  }
}
