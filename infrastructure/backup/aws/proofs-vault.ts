import { BackupClient, DescribeBackupVaultCommand } from '@aws-sdk/client-backup'
import { GetKeyRotationStatusCommand, KMSClient } from '@aws-sdk/client-kms'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { onEmulator, onTemplate, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { statementInWords } from '../../../src/targets/aws/role-proof.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { type BackupSettings, graceDays } from '../settings.ts'

const type = 'AWS::Backup::BackupVault'
const key = 'AWS::KMS::Key'

const mayLift = {
  governance: 'nobody deletes a backup before its time, but who may lift the lock (governance)',
  compliance: `nobody deletes a backup before its time, and after ${graceDays} days nobody may lift the lock (compliance)`,
} as const satisfies Record<BackupSettings['lock'], string>

/** AWS answers with a date, whether that is to come or has passed; a template says in how many days. */
const forGood = 'locked for good'

const vaultOf = ({ client, id }: DeployedStack) =>
  new BackupClient(client).send(new DescribeBackupVaultCommand({ BackupVaultName: id('Vault') }))

const stays = (
  resource: string,
  of: string,
  says: string,
  because = 'seen in another way: the test destroys the stack, and it is still there',
): RoomProof => ({
  type: of,
  says,
  fact: `${resource} stays`,
  proves: [],
  is: ['RetainExceptOnCreate', 'Retain'],
  template: (template) =>
    ['DeletionPolicy', 'UpdateReplacePolicy'].map((name) => at(resourceOf(template, resource), name)),
  by: 'template',
  because,
})

/** Of the vault of the stack, and of that in the other region. `leastDays`: the shortest that any rule keeps a backup. */
export const vaultProofs = (leastDays: number, lock: BackupSettings['lock'] = 'governance'): readonly RoomProof[] => [
  onEmulator({
    type,
    says: 'backups of uploads and tables, and whatever is copied here, are encrypted by a key of their own; snapshots of the database have that of the database',
    fact: 'key of the vault',
    proves: ['encryption'],
    is: 'Key',
    template: (template) => referred(at(resourceOf(template, 'Vault'), 'Properties', 'EncryptionKeyArn')),
    readBack: async (deployed) => {
      const { EncryptionKeyArn: arn = '' } = await vaultOf(deployed)
      return deployed.named(arn.split('/').at(-1))
    },
  }),
  onTemplate(
    {
      type,
      says: mayLift[lock],
      fact: 'days that the lock keeps a backup at least, at most, and whether nobody may lift it later',
      proves: ['daily', 'weekly', 'monthly'],
      is: [leastDays, undefined, lock === 'compliance' ? forGood : undefined],
      template: (template) => {
        const made = at(resourceOf(template, 'Vault'), 'Properties', 'LockConfiguration')
        const [least, most, days] = ['MinRetentionDays', 'MaxRetentionDays', 'ChangeableForDays'].map((name) =>
          at(made, name),
        )
        // Another number than is promised stands as it is: it is none of both.
        return [least, most, days === graceDays ? forGood : days]
      },
      readBack: async (deployed) => {
        const { MinRetentionDays: least, MaxRetentionDays: most, LockDate: until } = await vaultOf(deployed)
        return [least, most, until === undefined ? undefined : forGood]
      },
    },
    'the emulator’s CloudFormation drops it',
    [undefined, undefined, undefined],
  ),
  stays('Vault', type, 'the vault stays, with what is in it, when the stack is deleted'),
  onEmulator({
    type: key,
    says: 'the key is another each year, of which all earlier ones stay',
    fact: 'the key is rotated',
    proves: ['encryption'],
    is: true,
    template: (template) => at(resourceOf(template, 'Key'), 'Properties', 'EnableKeyRotation'),
    readBack: async ({ client, id }) => {
      const asked = new GetKeyRotationStatusCommand({ KeyId: id('Key') })
      return (await new KMSClient(client).send(asked)).KeyRotationEnabled
    },
  }),
  {
    type: key,
    says: 'this account alone says who may use the key',
    fact: 'rights on the key',
    proves: ['encryption'],
    is: ['Allow arn:aws:iam::000000000000:root kms:* on *'],
    template: (template) =>
      list(at(resourceOf(template, 'Key'), 'Properties', 'KeyPolicy', 'Statement')).map(statementInWords),
    by: 'template',
    because: 'an emulator asks nobody for rights',
  },
  stays('Key', key, 'the key stays when the stack is deleted: without it the backups are nothing'),
]

export { stays }
