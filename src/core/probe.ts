/** What is asked again and again, as a visitor would, whether or not there are any. */
export type Probe = {
  readonly what: 'site' | 'api'
  readonly url: string
  /** The address that answers, whatever the name resolves to. */
  readonly connectTo?: string
  /** The authority that is trusted in place of those that the machine knows. */
  readonly ca?: string
  /** The first status that is no success any more. */
  readonly below: number
}

/** One of several processes of the API: visitors miss none that hangs, as the others answer for it. */
export type AskedProcess = { readonly name: string; readonly url: string }
