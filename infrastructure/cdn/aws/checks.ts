import type { Check, ChecksFor } from '../../../src/core/check.ts'
import { declaredBy, type ProvenStack } from '../../../src/targets/aws/declared.ts'
import { fromOutsideOnAws as outside } from '../checks.ts'
import type { OnAws } from '../endpoint.ts'
import type { cdn } from '../guarantees.ts'

/** The site as visitors see it, and the stack that answers them. */
export type SiteOnAws = OnAws & { readonly stack: ProvenStack }

/**
 * What is seen from outside, and then what AWS says that it is configured to do: a check asks for some paths from one place, and
 * what a hand changed for others, or for another account, shows there only. What is seen to act is the evidence.
 */
const also =
  (guarantee: keyof typeof cdn, look: Check<SiteOnAws>): Check<SiteOnAws> =>
  async (endpoint, world) => {
    const seen = await look(endpoint, world)
    if (seen.is === 'broken') return seen
    const configured = await declaredBy(guarantee)(endpoint.stack, world)
    return configured.is === 'broken' ? configured : seen
  }

/** What nobody can see from outside, from one place. */
const byConfiguration =
  (guarantee: keyof typeof cdn): Check<SiteOnAws> =>
  ({ stack }, world) =>
    declaredBy(guarantee)(stack, world)

export const checksOnAws: ChecksFor<typeof cdn, SiteOnAws> = {
  ...outside,
  originPrivate: also('originPrivate', outside.originPrivate),
  staticCaching: also('staticCaching', outside.staticCaching),
  imageCaching: also('imageCaching', outside.imageCaching),
  fontCaching: also('fontCaching', outside.fontCaching),
  apiUncached: also('apiUncached', outside.apiUncached),
  originShield: byConfiguration('originShield'),
  compression: also('compression', outside.compression),
  https: also('https', outside.https),
  certificate: also('certificate', outside.certificate),
  spaRouting: also('spaRouting', outside.spaRouting),
  worldwide: byConfiguration('worldwide'),
  keptAssets: also('keptAssets', outside.keptAssets),
  errorsUncached: also('errorsUncached', outside.errorsUncached),
  securityHeaders: also('securityHeaders', outside.securityHeaders),
  hitRatio: also('hitRatio', outside.hitRatio),
}
