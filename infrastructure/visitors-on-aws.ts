import type { Visitors } from './cdn/aws/endpoint.ts'
import { pathsGot } from './load-testing/settings.ts'
import type { Configuration } from '../src/config/schema.ts'

/** What visitors ask of a site, by its configuration. */
export const visitorsOf = ({ site, loadTesting }: Configuration): Visitors => ({
  health: site.api?.health,
  journey: pathsGot(loadTesting),
})
