import { BackupVault, type IBackupVault } from 'aws-cdk-lib/aws-backup'
import { type IKey, Key } from 'aws-cdk-lib/aws-kms'
import { Aws, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'

/**
 * A vault with a key and a lock of its own. All three stay when the stack is deleted: a vault that holds backups cannot be
 * deleted, and without their key they are nothing. The name has a part of the stack's own id, so that a stack that is
 * made anew does not meet the vault of the one before.
 */
export function vault(scope: Construct, name: string, leastDays: number): BackupVault {
  const removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
  const encryptionKey = new Key(scope, 'Key', {
    description: `The key of the backups of ${name}`,
    enableKeyRotation: true,
    removalPolicy,
  })
  return new BackupVault(scope, 'Vault', {
    backupVaultName: `${name}-${Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))))}`,
    // CDK's types are not written for exactOptionalPropertyTypes: its own key is none of its IKeys.
    encryptionKey: encryptionKey as IKey,
    // Whoever may administer backups may still lift it: a lock in compliance mode could be lifted by nobody, ever.
    lockConfiguration: { minRetention: Duration.days(leastDays) },
    removalPolicy,
  })
}

export const asVault = (scope: Construct, id: string, arn: string): IBackupVault =>
  BackupVault.fromBackupVaultArn(scope, id, arn)
