import { alarmProofs } from './proofs-alarms.ts'
import { behaviourProofs } from './proofs-behaviours.ts'
import { bucketProofs } from './proofs-buckets.ts'
import { cloudFrontProofs } from './proofs-cloudfront.ts'
import { accessLogProofs } from './proofs-access-log.ts'
import { originProofs } from './proofs-origins.ts'
import { severities } from '../../../src/core/severity.ts'
import { topicProofs } from '../../../src/targets/aws/topic-proof.ts'
import type { Proof } from './proof.ts'

/** The configuration that the proofs are of: every resource that there can be. */
export const provenSite = {
  domain: 'www.example.com',
  certificate: 'arn:aws:acm:us-east-1:000000000000:certificate/0a1b2c3d',
  api: 'https://api.example.com',
  called: { critical: ['ops@example.com', 'night@example.com'], warning: ['ops@example.com'] },
} as const

export const cdnProofs: readonly Proof[] = [
  ...bucketProofs,
  ...behaviourProofs,
  ...originProofs,
  ...cloudFrontProofs,
  ...alarmProofs,
  ...severities.flatMap((severity) => topicProofs('trial-site', severity, provenSite.called[severity])),
  ...accessLogProofs,
]
