import type { Client, Journey } from './visitor.ts'

/** How the site's visitors come to it, and what they do there. */
export type Visits = {
  /** As visitors write it. */
  readonly site: string
  /** What a visitor of a load test does; undefined where nobody said it of this app. */
  readonly journey: Journey | undefined
  readonly choices: Readonly<Record<string, readonly string[]>>
  readonly accounts: number
  readonly password: string
  /** Whether a path of the site is answered by the API. */
  readonly isOfApi: (path: string) => boolean
  readonly open: () => Promise<Client>
}

/** What the checks look at. */
export type AppEndpoint = {
  readonly visits: Visits
  /** Where the API says that it is there; undefined where the site has none. */
  readonly api?: { readonly health: string }
  /** The processes of the API, by their engines' names; none where the site has no API or one that runs elsewhere. */
  readonly processes: readonly string[]
}
