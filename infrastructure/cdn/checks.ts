import type { ChecksFor } from '../../src/core/check.ts'
import { apiUncached } from './check-api.ts'
import { cacheBusting, fontCaching, imageCaching, staticCaching } from './check-caching.ts'
import { compressionFromOutside, compressionHere } from './check-compression.ts'
import { errorsUncached } from './check-errors.ts'
import { certificate, https } from './check-https.ts'
import { securityHeaders } from './check-headers.ts'
import { hitRatio } from './check-hits.ts'
import { bucketPrivate, originPrivate, originShield } from './check-origin.ts'
import { atomicReleases, keptAssetsHere, keptAssetsOnAws, rollback } from './check-releases.ts'
import { spaRouting } from './check-routing.ts'
import { cdn } from './guarantees.ts'
import type { Elsewhere, OnAws, OnThisMachine } from './endpoint.ts'

/** What is asked as a visitor asks, of every site. */
const ofVisitors = {
  staticCaching,
  cacheBusting,
  imageCaching,
  fontCaching,
  apiUncached,
  https,
  certificate,
  spaRouting,
  errorsUncached,
  securityHeaders,
  hitRatio,
}

export const checks: ChecksFor<typeof cdn, OnThisMachine> = {
  ...ofVisitors,
  originPrivate,
  originShield,
  compression: compressionHere,
  worldwide: { never: 'one machine has one location' },
  atomicReleases,
  rollback,
  keptAssets: keptAssetsHere,
}

const releasesUnseen = { never: 'releases cannot be distinguished from outside' }

/** What cannot be seen of any site that is not on this machine. */
const fromOutside = {
  ...ofVisitors,
  originShield: { never: 'from outside, a cold file cannot be forced, nor the requests to the origin counted' },
  compression: compressionFromOutside,
  worldwide: { never: 'from one place only one location can be seen' },
  atomicReleases: releasesUnseen,
  rollback: releasesUnseen,
}

/** What can be seen of a site on AWS without its configuration. */
export const fromOutsideOnAws = {
  ...fromOutside,
  originPrivate: bucketPrivate,
  keptAssets: keptAssetsOnAws,
} satisfies ChecksFor<typeof cdn, OnAws>

export const checksElsewhere: ChecksFor<typeof cdn, Elsewhere> = {
  ...fromOutside,
  originPrivate: { never: 'from outside the store behind the edge cannot be seen' },
  keptAssets: releasesUnseen,
}
