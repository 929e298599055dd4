/** A figure by what the database answers with each heartbeat, as a whole file for Prometheus's node exporter. */
export type Tell = {
  /** Answers whether something is the case. */
  readonly query: string
  /** Only what is the case for so long is told. */
  readonly afterMs: number
  readonly file: string
  readonly yes: string
  readonly no: string
}
