import { type ChecksFor, notBuilt } from '../../src/core/check.ts'
import { apiUncached, errorsUncached } from './check-api.ts'
import { cacheBusting, fontCaching, imageCaching, staticCaching } from './check-caching.ts'
import { compression } from './check-compression.ts'
import { certificate, https } from './check-https.ts'
import { spaRouting } from './check-routing.ts'
import { cdn } from './guarantees.ts'
import type { CdnEndpoint } from './local.ts'

export const checks: ChecksFor<typeof cdn, CdnEndpoint> = {
  originPrivate: notBuilt('a store that answers nobody but the CDN'),
  staticCaching,
  cacheBusting,
  imageCaching,
  fontCaching,
  apiUncached,
  originShield: notBuilt('a second cache tier that asks once for many'),
  compression,
  https,
  certificate,
  spaRouting,
  worldwide: notBuilt('edge locations'),
  atomicReleases: notBuilt('releases under load that fail no request'),
  rollback: notBuilt('the release before, had back and seen'),
  keptAssets: notBuilt('chunks of earlier releases, asked for'),
  errorsUncached,
  securityHeaders: notBuilt('a content security policy that the app passes'),
  hitRatio: notBuilt('a cache that counts its hits'),
}
