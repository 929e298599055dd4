import { BackupClient, GetRestoreTestingPlanCommand, GetRestoreTestingSelectionCommand } from '@aws-sdk/client-backup'
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { onEmulator, onTemplate, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { rightsAre, roleIs } from '../../../src/targets/aws/role-proof.ts'
import { patternOf, ruleOf } from '../../../src/targets/aws/rule-proof.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { stays } from './proofs-vault.ts'
import { validationCode } from './restore-test.ts'

const notKnown = 'the emulator does not know this type: its launcher accepts it and does nothing'

/** What is restored, and what is other about it than about what is alive. */
const selection = (
  id: string,
  type: string,
  { arns, overrides, name }: { readonly arns: readonly string[]; readonly overrides: object; readonly name: string },
): RoomProof => ({
  ...onTemplate(
    {
      type: 'AWS::Backup::RestoreTestingSelection',
      says: `each week the newest backup of ${id.toLowerCase()} is restored for a test, and waits to be looked into`,
      fact: `restored for a test (${type})`,
      proves: [],
      is: [`${name}_weekly`, id.toLowerCase(), type, arns, 'Role', 4, overrides],
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
          RestoreTestingPlanName: `${name}_weekly`,
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

export const restoreTestProofs = ({ name, primary, subnets, group }: Tested): readonly RoomProof[] => [
  onTemplate(
    {
      type: 'AWS::Backup::RestoreTestingPlan',
      says: 'each Saturday the newest backup of the week is restored from the vault of the stack',
      fact: 'restore test: name, when, zone, hours to begin, days, which',
      proves: [],
      is: [`${name}_weekly`, 'cron(0 6 ? * SAT *)', 'UTC', 4, 7, 'LATEST_WITHIN_WINDOW', ['SNAPSHOT', 'CONTINUOUS'], 1],
      template: (template) => testingPlan(at(resourceOf(template, 'RestoreTest'), 'Properties')),
      readBack: async ({ client }) => {
        const asked = new GetRestoreTestingPlanCommand({ RestoreTestingPlanName: `${name}_weekly` })
        return testingPlan((await new BackupClient(client).send(asked)).RestoreTestingPlan)
      },
    },
    notKnown,
  ),
  {
    type: 'AWS::Backup::RestoreTestingPlan',
    says: 'the vault that is restored from is the vault of the stack',
    fact: 'vault of the restore test',
    proves: [],
    is: ['Vault.BackupVaultArn'],
    template: (template) =>
      referred(at(resourceOf(template, 'RestoreTest'), 'Properties', 'RecoveryPointSelection', 'IncludeVaults')),
    by: 'template',
    because: notKnown,
  },
  selection('Database', 'RDS', {
    name,
    arns: [primary],
    overrides: {
      dbSubnetGroupName: subnets,
      vpcSecurityGroupIds: JSON.stringify([group]),
      multiAz: 'false',
      publiclyAccessible: 'false',
      deletionProtection: 'false',
    },
  }),
  selection('Uploads', 'S3', { name, arns: ['Uploads'], overrides: {} }),
  selection('Tables', 'DynamoDB', { name, arns: ['Sessions', 'UserPreferences'], overrides: {} }),
  onEmulator({
    type: 'AWS::Lambda::Function',
    says: 'what looks into restored data is the program of validate-restore.cjs, and has two minutes for it',
    fact: 'looks into restored data: runtime, seconds',
    proves: [],
    is: ['nodejs24.x', 120, 'index.handler', `${name}-validate-restore`, 'ValidateServiceRole'],
    template: (template) => lambda(at(resourceOf(template, 'Validate'), 'Properties'), referred),
    readBack: async ({ client, id, named }) => {
      const asked = new GetFunctionCommand({ FunctionName: id('Validate') })
      return lambda((await new LambdaClient(client).send(asked)).Configuration, (role) =>
        String(named(role)).split('/').at(-1),
      )
    },
  }),
  {
    type: 'AWS::Lambda::Function',
    says: 'its code is that of the file, as it is',
    fact: 'code that looks into restored data',
    proves: [],
    is: validationCode(),
    template: (template) => at(resourceOf(template, 'Validate'), 'Properties', 'Code', 'ZipFile'),
    by: 'template',
    because: 'the API answers an address of an archive; a test runs the same code against the emulator',
  },
  onEmulator({
    type: 'AWS::Events::Rule',
    says: 'it is called whenever this restore test has restored something',
    fact: 'is called by',
    proves: [],
    is: ['ENABLED', ['aws.backup'], ['Restore Job State Change'], ['status', ['COMPLETED']], 1],
    template: (template) => {
      const found = at(resourceOf(template, 'Restored'), 'Properties')
      return [at(found, 'State'), ...patternOf(at(found, 'EventPattern')), list(at(found, 'Targets')).length]
    },
    readBack: async (deployed) => ruleOf(deployed, 'Restored'),
  }),
  {
    type: 'AWS::Events::Rule',
    says: 'what it is called for is this restore test alone, and what is called is that function',
    fact: 'who calls whom',
    proves: [],
    is: [['RestoreTest.RestoreTestingPlanArn'], ['Validate']],
    template: (template) => {
      const found = at(resourceOf(template, 'Restored'), 'Properties')
      return [
        referred(at(found, 'EventPattern', 'detail', 'restoreTestingPlanArn')),
        list(at(found, 'Targets')).map((one) => referred(at(one, 'Arn'))),
      ]
    },
    by: 'template',
    because: 'the emulator does not know the plan that it would name',
  },
  {
    type: 'AWS::Lambda::Permission',
    says: 'EventBridge may call it for this rule alone',
    fact: 'who may call it',
    proves: [],
    is: ['lambda:InvokeFunction', 'Validate', 'events.amazonaws.com', 'Restored'],
    template: (template) => {
      // CDK names it after the rule, the stack and the function.
      const all = Object.values(template['Resources'] ?? {})
      const found = at(
        all.find((one) => at(one, 'Type') === 'AWS::Lambda::Permission'),
        'Properties',
      )
      return ['Action', 'FunctionName', 'Principal', 'SourceArn'].map((one) => referred(at(found, one)))
    },
    by: 'template',
    because: 'an emulator asks nobody for rights',
  },
  roleIs('ValidateServiceRole', 'what looks into restored data has a role of its own, which may write its log', {
    service: 'lambda.amazonaws.com',
    policies: ['service-role/AWSLambdaBasicExecutionRole'],
  }),
  rightsAre('ValidateServiceRole', 'it reads what was restored for a test, and nothing that is alive', [
    'Allow backup:PutRestoreValidationResult on *',
    'Allow events:PutEvents on arn:aws:events:*:*:event-bus/default where StringEquals events:source edge.backup',
    'Allow rds:DescribeDBInstances on arn:aws:rds:*:*:db:awsbackup-restore-test-*',
    'Allow dynamodb:Scan on arn:aws:dynamodb:*:*:table/awsbackup-restore-test-*',
    'Allow s3:ListBucket on arn:aws:s3:::awsbackup-restore-test-*',
  ]),
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

const lambda = (found: unknown, roleOf: (role: unknown) => unknown): readonly unknown[] => [
  ...['Runtime', 'Timeout', 'Handler', 'FunctionName'].map((name) => at(found, name)),
  roleOf(at(found, 'Role')),
]
