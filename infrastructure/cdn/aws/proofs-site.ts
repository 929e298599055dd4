import type { RoomProof } from '../../../src/targets/aws/proof.ts'
import type { ProvenSite } from './proof.ts'
import { accessLogProofs } from './proofs-access-log.ts'
import { behaviourProofs } from './proofs-behaviours.ts'
import { bucketProofs } from './proofs-buckets.ts'
import { cloudFrontProofs } from './proofs-cloudfront.ts'
import { originProofs } from './proofs-origins.ts'

/** All that visitors are answered by, as a configuration has it: its alarms, and whom they call, monitoring looks at. */
export const siteProofs = (site: ProvenSite): readonly RoomProof[] => [
  ...bucketProofs(site.account),
  ...behaviourProofs(site),
  ...originProofs(site),
  ...cloudFrontProofs(site),
  ...accessLogProofs(site),
]
