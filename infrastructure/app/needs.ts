import type { PgAddress } from '../../src/engines/postgres.ts'
import type { Machine, Visits } from './endpoint.ts'
import type { EdgeOfApp } from './drain.ts'
import type { ApiRelease } from './releases/layout.ts'

export type AppNeeds = {
  readonly database: {
    readonly app: PgAddress
    readonly reader: PgAddress
    readonly session: PgAddress
    readonly owner: PgAddress
    readonly ready: readonly string[]
  }
  readonly edge: EdgeOfApp
  /** The site's address, as its visitors write it. */
  readonly publicUrl: string
  /** Accounts that the migrations make for the load tests. */
  readonly testAccounts: number
  /** For the checks: what its visitors do, and their way to the site. */
  readonly visits: Pick<Visits, 'journey' | 'choices' | 'isOfApi' | 'open'>
  /** The engines that run, for the checks. */
  readonly running: Machine['running']
  /** Ports of the engines behind the site, for the checks. */
  readonly innerPorts: readonly number[]
  /** The API that was published; without one, API and migrations run in the folder of the configuration. */
  readonly published?: ApiRelease | undefined
}
