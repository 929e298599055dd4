import { join } from 'node:path'
import type { Component } from '../../src/core/component.ts'
import { checks, type LoadTestingEndpoint } from './checks.ts'
import { loadTesting } from './guarantees.ts'
import { journeyHash } from './journey-hash.ts'
import { resultsIn } from './result.ts'
import type { LoadTestingSettings } from './settings.ts'

type Needs = { readonly release: () => Promise<string | undefined> }
type Provides = { readonly folder: string }

/** Nothing of it stays running: a run is a command, and what it left is what the checks read. */
export const loadTestingComponent: Component<
  typeof loadTesting,
  LoadTestingSettings,
  LoadTestingEndpoint,
  Needs,
  Provides
> = {
  name: 'loadTesting',
  guarantees: loadTesting,
  local: (instance, settings, { release }) => {
    const folder = join(instance.state, 'load-tests')
    const steps = settings.journey.map(({ name }) => name)
    const endpoint = { results: () => resultsIn(folder), release, journeyHash: journeyHash(settings), steps }
    return { plan: [], provides: { folder }, endpoint }
  },
  checks,
}
