/** What the browser and the proxy say about a request; missing where nobody said anything. */
export type Sender = {
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
  readonly host: string | undefined
}

/**
 * False for a request that a page of another site caused. Browsers send `Origin` with everything that changes
 * something, and no page can change it; programs that are not browsers send none and have no cookies to abuse. The
 * host counts as well as the public address: a site that is reached by a second name is still its own. Its scheme is
 * always the public one: whoever is on the way can write pages of http://HOST.
 */
export function isOfThisSite({ origin, fetchSite, host }: Sender, publicUrl: string): boolean {
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') return false
  if (origin === undefined) return true
  const { origin: site, protocol } = new URL(publicUrl)
  return origin === site || origin === originOf(`${protocol}//${host ?? ''}`)
}

/** As browsers write it: without the port that its scheme has anyway. */
const originOf = (address: string): string | undefined => (URL.canParse(address) ? new URL(address).origin : undefined)
