import { BackupClient, GetRestoreTestingPlanCommand, GetRestoreTestingSelectionCommand } from '@aws-sdk/client-backup'
import { onTemplate, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { roleIs } from '../../../src/targets/aws/role-proof.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { stays } from './proofs-vault.ts'
import { planNames } from './plan-names.ts'
import { overridesOf } from './restore-test.ts'

const notKnown = 'the emulator does not know this type: its launcher accepts it and does nothing'

/** What is restored, and what is other about it than about what is alive. */
const selection = (
  id: string,
  type: string,
  { arns, overrides, plan }: { readonly arns: readonly string[]; readonly overrides: object; readonly plan: string },
): RoomProof => ({
  ...onTemplate(
    {
      type: 'AWS::Backup::RestoreTestingSelection',
      says: `${id.toLowerCase()}: what is restored for a test waits to be looked into`,
      fact: `restored for a test (${type})`,
      proves: [],
      is: [plan, id.toLowerCase(), type, arns, 'Role', 4, overrides],
      template: (template) => {
        const found = at(resourceOf(template, `RestoreTest${id}`), 'Properties')
        return [
          at(found, 'RestoreTestingPlanName'),
          at(found, 'RestoreTestingSelectionName'),
          at(found, 'ProtectedResourceType'),
          list(at(found, 'ProtectedResourceArns')).map(referred),
          referred(at(found, 'IamRoleArn')),
          at(found, 'ValidationWindowHours'),
          at(found, 'RestoreMetadataOverrides'),
        ]
      },
      readBack: async ({ client, named }) => {
        const asked = new GetRestoreTestingSelectionCommand({
          RestoreTestingPlanName: plan,
          RestoreTestingSelectionName: id.toLowerCase(),
        })
        const { RestoreTestingSelection: found } = await new BackupClient(client).send(asked)
        const arnsOf = (found?.ProtectedResourceArns ?? []).map((arn) =>
          named(arn.replace(/^arn:aws:(s3:::|dynamodb:.*:table\/)/, '')),
        )
        return [
          found?.RestoreTestingPlanName,
          found?.RestoreTestingSelectionName,
          found?.ProtectedResourceType,
          arnsOf,
          String(named(found?.IamRoleArn)).split('/').at(-1),
          found?.ValidationWindowHours,
          found?.RestoreMetadataOverrides,
        ]
      },
    },
    notKnown,
  ),
})

type Tested = { readonly name: string; readonly primary: string; readonly subnets: string; readonly group: string }

/** A plan of restore tests, and that it restores from the vault of the stack. */
const planProofs = (resource: string, name: string, says: string, point: string): readonly RoomProof[] => [
  onTemplate(
    {
      type: 'AWS::Backup::RestoreTestingPlan',
      says: `each Saturday ${says} is restored`,
      fact: `restore test of ${says}: name, when, zone, hours to begin, days, which`,
      proves: [],
      is: [name, 'cron(0 6 ? * SAT *)', 'UTC', 1, 7, 'LATEST_WITHIN_WINDOW', [point], 1],
      template: (template) => testingPlan(at(resourceOf(template, resource), 'Properties')),
      readBack: async ({ client }) => {
        const asked = new GetRestoreTestingPlanCommand({ RestoreTestingPlanName: name })
        return testingPlan((await new BackupClient(client).send(asked)).RestoreTestingPlan)
      },
    },
    notKnown,
  ),
  {
    type: 'AWS::Backup::RestoreTestingPlan',
    says: `the vault that ${says} is restored from is the vault of the stack`,
    fact: `vault of the restore test of ${says}`,
    proves: [],
    is: ['Vault.BackupVaultArn'],
    template: (template) =>
      referred(at(resourceOf(template, resource), 'Properties', 'RecoveryPointSelection', 'IncludeVaults')),
    by: 'template',
    because: notKnown,
  },
]

export const restoreTestProofs = ({ name, primary, ...where }: Tested): readonly RoomProof[] => [
  ...planProofs('RestoreTestMoment', planNames(name).moment, 'the newest moment of the database', 'CONTINUOUS'),
  ...planProofs('RestoreTest', planNames(name).backups, 'the newest backup of all else', 'SNAPSHOT'),
  selection('Database', 'RDS', { plan: planNames(name).moment, arns: [primary], overrides: overridesOf(where) }),
  selection('Uploads', 'S3', { plan: planNames(name).backups, arns: ['Uploads'], overrides: {} }),
  selection('Tables', 'DynamoDB', {
    plan: planNames(name).backups,
    arns: ['Sessions', 'UserPreferences'],
    overrides: {},
  }),
  stays(
    'Role',
    'AWS::IAM::Role',
    'the role stays with the backups: without it none is taken away in its time, or restored',
    'an emulator asks nobody for rights',
  ),
  roleIs('Role', 'AWS Backup makes and restores backups of RDS, DynamoDB and S3, by AWS’s own policies for that', {
    service: 'backup.amazonaws.com',
    policies: [
      'service-role/AWSBackupServiceRolePolicyForBackup',
      'service-role/AWSBackupServiceRolePolicyForRestores',
      'AWSBackupServiceRolePolicyForS3Backup',
      'AWSBackupServiceRolePolicyForS3Restore',
    ],
  }),
]

const testingPlan = (found: unknown): readonly unknown[] => [
  at(found, 'RestoreTestingPlanName'),
  at(found, 'ScheduleExpression'),
  at(found, 'ScheduleExpressionTimezone'),
  at(found, 'StartWindowHours'),
  at(found, 'RecoveryPointSelection', 'SelectionWindowDays'),
  at(found, 'RecoveryPointSelection', 'Algorithm'),
  at(found, 'RecoveryPointSelection', 'RecoveryPointTypes'),
  list(at(found, 'RecoveryPointSelection', 'IncludeVaults')).length,
]
