import { BackupVault, type IBackupVault } from 'aws-cdk-lib/aws-backup'
import { type IKey, Key } from 'aws-cdk-lib/aws-kms'
import { Aws, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { ForGood } from '../../../src/targets/aws/room.ts'
import { at } from '../../../src/targets/aws/template.ts'
import { type BackupSettings, graceDays } from '../settings.ts'
import { shortestDays } from './retention.ts'

/**
 * A vault with a key and a lock of its own. The key is that of all backups which AWS Backup keeps itself (of uploads and
 * tables), and of whatever is copied here from another region; a snapshot that RDS keeps has the key of the database.
 *
 * All three stay when the stack is deleted: a vault that holds backups cannot be
 * deleted, and without their key they are nothing. The name has a part of the stack's own id, so that a stack that is
 * made anew does not meet the vault of the one before.
 */
export function vault(scope: Construct, name: string, settings: BackupSettings): BackupVault {
  const removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
  const encryptionKey = new Key(scope, 'Key', {
    description: `The key of the backups of ${name}`,
    enableKeyRotation: true,
    removalPolicy,
  })
  return new BackupVault(scope, 'Vault', {
    backupVaultName: `${fitting(name)}-${Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))))}`,
    // CDK's types are not written for exactOptionalPropertyTypes: its own key is none of its IKeys.
    encryptionKey: encryptionKey as IKey,
    lockConfiguration: {
      minRetention: Duration.days(shortestDays(settings)),
      // Without it, whoever may administer backups may still lift the lock.
      ...(settings.lock === 'compliance' ? { changeableFor: Duration.days(graceDays) } : {}),
    },
    removalPolicy,
  })
}

/** AWS Backup takes 50 characters, nine of which are the part of the id: of a name that is too long the end is left out. */
const fitting = (name: string): string => name.slice(0, 41)

export const asVault = (scope: Construct, id: string, arn: string): IBackupVault =>
  BackupVault.fromBackupVaultArn(scope, id, arn)

const says = `the lock of its vault is in compliance mode: ${graceDays} days after its deployment nobody can lift it, AWS neither, and each backup stays, and is paid for, until its time is over`

/** What of a stack with a vault cannot be undone later; a lock of another time is another one. */
export const lockForGood = (settings: BackupSettings): ForGood | undefined =>
  settings.lock === 'compliance'
    ? {
        says,
        isIn: (template) =>
          Object.values(template['Resources'] ?? {}).some((one) => {
            const made = at(one, 'Properties', 'LockConfiguration')
            const days = at(made, 'MinRetentionDays')
            return at(made, 'ChangeableForDays') !== undefined && days === shortestDays(settings)
          }),
      }
    : undefined

/** What a plan says of it, each time that it changes something. */
export const explainsLock = (settings: BackupSettings): readonly string[] => [lockForGood(settings)?.says ?? []].flat()
