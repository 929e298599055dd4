/** What a k6 script is told: written by edge for one run, read by scenarios/journey.ts. Plain data only. */
export type RunFile = {
  readonly site: string
  /** Names that are not asked of a name server, with the address that answers for them. */
  readonly hosts: Readonly<Record<string, string>>
  readonly accounts: number
  readonly password: string
  readonly think: { readonly minimumMs: number; readonly maximumMs: number }
  /** What stands in {braces} in the journey, by its name. */
  readonly choices: Readonly<Record<string, readonly string[]>>
  /** 1 is the document's own length; anything else never counts. */
  readonly scale: number
  /** At the scenario's top; absent for its own. */
  readonly users?: number | undefined
  /** By arrivals: its twin. */
  readonly open?: boolean | undefined
  /** No more requests than that, of all users together. */
  readonly requestsPerSecond?: number | undefined
  readonly journey: readonly {
    readonly name: string
    readonly requests: readonly {
      readonly method: string
      readonly path: string
      readonly body?: Readonly<Record<string, string>> | undefined
      readonly status: number
      readonly contains?: string | undefined
      readonly assets: boolean
    }[]
  }[]
  readonly thresholds: Readonly<Record<string, string[]>>
  readonly summaryFile: string
}
