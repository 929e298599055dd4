import { join } from 'node:path'
import type { Component } from '../../src/core/component.ts'
import { checks } from './checks.ts'
import type { LoadTestingEndpoint, LoadTestingNeeds } from './endpoint.ts'
import { loadTesting } from './guarantees.ts'
import { journeyHash } from './journey-hash.ts'
import { lastProof } from './last-proof.ts'
import { resultsIn } from './result.ts'
import type { LoadTestingSettings } from './settings.ts'

type Nothing = Readonly<Record<never, never>>

/** Nothing of it stays running: a run is a command, and what it left is what the checks read. */
export const loadTestingComponent: Component<
  typeof loadTesting,
  LoadTestingSettings,
  LoadTestingEndpoint,
  LoadTestingNeeds,
  Nothing
> = {
  name: 'loadTesting',
  guarantees: loadTesting,
  local: ({ name, state }, settings, needs) => {
    const folder = join(state, 'load-tests')
    const steps = settings.journey.map((step) => step.name)
    const runs = { results: () => resultsIn(folder), journeyHash: journeyHash(settings), steps }
    return { plan: [], provides: {}, endpoint: { ...needs, ...runs, name, state, settings, folder } }
  },
  checks,
  lastProof,
}
