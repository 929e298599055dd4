import type { RefusedOnAws } from '../../src/core/room.ts'
import { seconds } from '../../src/core/units.ts'
import type { CdnSettings } from './settings.ts'

/** With nothing kept, CloudFront refuses a policy that tells encodings apart; without one nothing would be compressed. */
export const refusedOnAws: RefusedOnAws<Pick<CdnSettings, 'cache'>> = ({ cache }) =>
  (['images', 'fonts'] as const)
    .filter((name) => seconds(cache[name]) === 0)
    .map((name) => [
      `cdn.cache.${name}`,
      "must be at least '1 second' on AWS: CloudFront compresses only what it keeps",
    ])
