import type { Duration } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import type { SiteTls } from '../../src/targets/local/site-certificate.ts'

export type CdnNeeds = {
  readonly domain: string
  readonly tls: SiteTls
  /** Paths that visitors get, for the checks to ask; nothing is rendered from them. */
  readonly journey: readonly string[]
  /** How the load test calls itself, for the checks to find it in the log. */
  readonly loadTestAgent: string
  /** What is missing of a published API, in words, for the checks: of a release it comes back with. */
  readonly apiDamage: (id: string) => Promise<string | undefined>
  /** What was taken away of the schema since an API was there, for the same checks. */
  readonly takenSince: (api: string | undefined) => Promise<readonly string[]>
  /** Whether that runs which renews the certificate, for the checks. */
  readonly agentRuns: (world: World) => Promise<boolean>
  readonly app: {
    readonly api?: {
      readonly upstreams: readonly string[]
      /** Whether a connection may be used for one request after the other. */
      readonly keepsConnections: boolean
      readonly health: string
      /** How long its requests in flight may take. */
      readonly drain: Duration
      /** How long it may take to begin an answer, and how long a stream of events may be silent. */
      readonly timeout: Duration
      readonly streamIdle: Duration
      /** The published API that runs; undefined for what the configuration has. */
      readonly release?: string
    }
    readonly static: { readonly directory: string; readonly builtFrom?: string; readonly after: readonly string[] }
    readonly ready: readonly string[]
  }
}
