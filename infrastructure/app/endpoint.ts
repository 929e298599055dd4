/** What the checks look at. */
export type AppEndpoint = {
  /** The processes of the API, by their engines' names; none where the site has no API or one that runs elsewhere. */
  readonly processes: readonly string[]
}
