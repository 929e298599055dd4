/** Who gives figures of their own in the form of Prometheus, and is asked for them where somebody measures. */
export type Scraped = {
  /** By what name Prometheus knows all of them together. */
  readonly job: string
  readonly path: string
  /** Whether one has to show a certificate of the instance, or asks in plain text on loopback. */
  readonly encrypted: boolean
  readonly targets: readonly { readonly port: number; readonly server: string }[]
  /** Names of the figures that are kept, as a pattern; without it all that no alarm could take for its own. */
  readonly keeps?: string
}
