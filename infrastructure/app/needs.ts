import type { PgAddress } from '../../src/engines/postgres.ts'
import type { ApiRelease } from './releases/layout.ts'

export type AppNeeds = {
  readonly database: {
    readonly app: PgAddress
    readonly reader: PgAddress
    readonly session: PgAddress
    readonly owner: PgAddress
    readonly ready: readonly string[]
  }
  /** The site's address, as its visitors write it. */
  readonly publicUrl: string
  /** Accounts that the migrations make for the load tests. */
  readonly testAccounts: number
  /** The API that was published; without one, API and migrations run in the folder of the configuration. */
  readonly published?: ApiRelease | undefined
}
