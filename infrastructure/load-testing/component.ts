import { join } from 'node:path'
import type { Component } from '../../src/core/component.ts'
import { checks } from './checks.ts'
import type { LoadTestingEndpoint, LoadTestingNeeds } from './endpoint.ts'
import { loadTesting } from './guarantees.ts'
import { journeyHash } from './journey-hash.ts'
import { newestRunIn } from './kept-runs.ts'
import { lastProof } from './last-proof.ts'
import { resultsIn } from './result.ts'
import type { LoadTestingSettings } from './settings.ts'

type Nothing = Readonly<Record<never, never>>

/** Nothing of it stays running: a run is a command, and the record that it left is what the checks read. */
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
    const newest = newestRunIn(needs.records, folder, journeyHash(settings))
    const endpoint = { ...needs, newest, steps, name, state, settings, folder, results: () => resultsIn(folder) }
    return { plan: [], provides: {}, endpoint }
  },
  checks,
  lastProof,
}
