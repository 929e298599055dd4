import type { ChecksFor } from '../../src/core/check.ts'
import { apiUncached } from './check-api.ts'
import { cacheBusting, fontCaching, imageCaching, staticCaching } from './check-caching.ts'
import { compression } from './check-compression.ts'
import { errorsUncached } from './check-errors.ts'
import { certificate, https } from './check-https.ts'
import { securityHeaders } from './check-headers.ts'
import { hitRatio } from './check-hits.ts'
import { originPrivate, originShield } from './check-origin.ts'
import { atomicReleases, keptAssets, rollback } from './check-releases.ts'
import { spaRouting } from './check-routing.ts'
import { cdn } from './guarantees.ts'
import type { CdnEndpoint } from './endpoint.ts'

export const checks: ChecksFor<typeof cdn, CdnEndpoint> = {
  originPrivate,
  staticCaching,
  cacheBusting,
  imageCaching,
  fontCaching,
  apiUncached,
  originShield,
  compression,
  https,
  certificate,
  spaRouting,
  worldwide: { never: 'one machine has one location' },
  atomicReleases,
  rollback,
  keptAssets,
  errorsUncached,
  securityHeaders,
  hitRatio,
}

/** Of a site that is not on this machine: the same, but for what shows on the machine alone. */
export const checksFromOutside: typeof checks = {
  ...checks,
  worldwide: { never: 'from one place only one location can be seen' },
}
