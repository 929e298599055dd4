/** Where a PostgreSQL client connects to, and how it knows that it is the right server. */
export type PgAddress = {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  /** Path of the certificate authority. */
  readonly ca: string
}

/** What the agent is told; rendered by `edge` into a file of mode 0600, so that the agent reads no configuration. */
export type AgentSettings = {
  /** Written when the agent does its work, for the readiness probe. */
  readonly readyFile: string
  /** The pool keeps its minimum only while a client is there; the agent is this client. */
  readonly keepAlive: PgAddress
  /** Through the pool to the writer, as the role `edge`. */
  readonly writer: PgAddress
  readonly heartbeatEveryMs: number
  /** Cron expressions with seconds left out, in UTC. */
  readonly schedules: { readonly verify: string; readonly poolDrill: string }
  /** How `edge verify` is called. */
  readonly verifyCommand: readonly [program: string, ...args: string[]]
}
