import type { Tell } from '../core/tell.ts'
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
  /**
   * Where the newest acknowledged heartbeat and the losses are noted, and how `edge` judges a loss at once. Not in the
   * file of an older version.
   */
  readonly counted?: {
    readonly folder: string
    readonly onLoss: readonly [program: string, ...args: string[]]
  }
  /** Looked at with each heartbeat: a query that answers true when something must be healed, and how `edge` does it. */
  readonly watches: readonly {
    readonly query: string
    readonly command: readonly [program: string, ...args: string[]]
  }[]
  /** Figures by what the database answers with each heartbeat. Not in the file of an older version. */
  readonly tells?: readonly Tell[]
  /**
   * What of the pool may be paused, by its console; who holds a pause names himself `holder` there; and how `edge` has it go
   * on. Not in the file of an older version.
   */
  readonly pausable?: {
    readonly console: PgAddress
    readonly databases: readonly string[]
    readonly holder: string
    readonly looksEveryMs: number
    readonly command: readonly [program: string, ...args: string[]]
  }
  /**
   * Where a command notes that it changes what must not stay so, and how `edge` takes it back. Not in the file of an older
   * version.
   */
  readonly notes?: readonly {
    readonly note: string
    readonly looksEveryMs: number
    readonly command: readonly [program: string, ...args: string[]]
  }[]
  /** The newest verdict of each guarantee. */
  readonly verdictsFile: string
  /** How often it looks into them for a job that is due before its hour. */
  readonly looksEveryMs: number
  /** Where it notes when each job was run last. Not in the file of an older version. */
  readonly ranFile?: string
  /** What is run by the clock: a cron expression with its zone, and how `edge` is called for it. */
  readonly jobs: readonly {
    readonly name?: string
    readonly schedule: string
    readonly zone?: string
    readonly command: readonly [program: string, ...args: string[]]
    /** After so long it is ended; without it after a day. */
    readonly atMostMs?: number
    /** Done late, once, where its hour was missed. */
    readonly catchUp?: boolean
    /** Done again where it failed, each time after a longer while, until it ends well. */
    readonly again?: boolean
    /**
     * Guarantees that it measures: as long as one of them is only declared, it is due before its hour. `judge` is how
     * `edge` is called afterwards, to have what was measured in the verdicts.
     */
    readonly measures?: {
      readonly guarantees: readonly string[]
      readonly judge: readonly [program: string, ...args: string[]]
    }
  }[]
}
