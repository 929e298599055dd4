import type { Outputs } from '../../../src/targets/aws/outputs.ts'
import { type DnsRecord, recordOf } from './own-name.ts'

/** What is read of the stack when it is deployed. */
export const outputs = {
  address: 'Address',
  bucket: 'Bucket',
  logs: 'LogBucket',
  distribution: 'DistributionId',
  /** CloudFront's own name for it, which the site's own has to lead to. */
  distributionName: 'DistributionName',
} as const

/** A site that is deployed: where it answers, and where its releases lie. */
export type DeployedSite = {
  readonly address: string
  readonly bucket: string
  readonly distribution: string
  /** What leads its own name there; none where it has CloudFront's. */
  readonly record: DnsRecord | undefined
}

/** Throws MissingOutput where an older version of edge deployed less. */
export function deployedSite(given: Outputs): DeployedSite {
  const address = given.get(outputs.address)
  return {
    address,
    bucket: given.get(outputs.bucket),
    distribution: given.get(outputs.distribution),
    record: recordOf(address, given.find(outputs.distributionName)),
  }
}
