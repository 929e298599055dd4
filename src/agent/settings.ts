import type { PgAddress } from '../engines/postgres.ts'

/** What the agent is told; rendered by `edge` into a file of mode 0600, so that the agent reads no configuration. */
export type AgentSettings = {
  /** Written when the agent does its work, for the readiness probe. */
  readonly readyFile: string
  /** The pool keeps its minimum only while a client is there; the agent is this client. */
  readonly keepAlive: readonly PgAddress[]
  /** Through the pool to the writer, as the role `edge`. */
  readonly writer: PgAddress
  readonly heartbeatEveryMs: number
  /** Looked at with each heartbeat: a query that answers true when something must be healed, and how `edge` does it. */
  readonly watches: readonly {
    readonly query: string
    readonly command: readonly [program: string, ...args: string[]]
  }[]
  /** What is run by the clock: a cron expression in UTC, and how `edge` is called for it. */
  readonly jobs: readonly {
    readonly schedule: string
    readonly command: readonly [program: string, ...args: string[]]
  }[]
}
