import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds'
import { broken, type Check, kept } from '../../../src/core/check.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import type { BackupEndpointOnAws } from './endpoint.ts'

const asConfigured = declaredBy('encryption')

/** A snapshot of RDS has the key of the instance that it is of, and none where that has none, whatever key its vault has. */
export const encryption: Check<BackupEndpointOnAws> = async (endpoint, world) => {
  const declared = await asConfigured(endpoint, world)
  if (declared.is !== 'kept') return declared
  const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier: endpoint.primary })
  const { DBInstances: [primary] = [] } = await new RDSClient(endpoint.deployed.client).send(asked)
  const isEncrypted = primary?.StorageEncrypted === true
  const key = isEncrypted ? (primary.KmsKeyId ?? 'of RDS') : 'none'
  const evidence = {
    ...declared.evidence,
    facts: { ...declared.evidence.facts, 'key of the database’s snapshots': key },
  }
  if (isEncrypted) return kept(evidence)
  const next =
    'RDS encrypts no instance that is there: docs/runbooks/database-on-aws.md, "Bring back a moment", brings it back into one that is'
  return broken(evidence, `${endpoint.primary} is not encrypted, and so is no snapshot of it`, next)
}
