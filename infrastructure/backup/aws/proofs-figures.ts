import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { CallingAlarm } from '../../../src/targets/aws/alarm.ts'
import { alarmProofs } from '../../../src/targets/aws/alarm-proof.ts'
import { callProofs, callsItself } from '../../../src/targets/aws/call-proof.ts'
import { onEmulator, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { rightsAre, roleIs } from '../../../src/targets/aws/role-proof.ts'
import { calledIn, clockIn, clockOf, ruleIn, permissionsIn, ruleOf } from '../../../src/targets/aws/rule-proof.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { figuresCode } from './figures.ts'
import { dimensionsOf, isOfVault, namespace, ofVault } from './measured.ts'

/** From the event of a backup that was made, by rule, right and function, to the figures that the alarms look at. */
export const figureProofs = (
  { name, primary }: { readonly name: string; readonly primary: string },
  alarms: readonly CallingAlarm[],
): readonly RoomProof[] => [
  onEmulator({
    type: 'AWS::Lambda::Function',
    says: 'what each backup took is said by the program of backup-figures.ts, under the name of the instance',
    fact: 'says what a backup took: runtime, seconds',
    proves: [],
    is: [
      'nodejs24.x',
      60,
      'index.handler',
      `${name}-backup-figures`,
      namespace,
      name,
      'Vault',
      `${primary} Uploads Sessions UserPreferences`,
      'FiguresServiceRole',
    ],
    template: (template) => lambda(at(resourceOf(template, 'Figures'), 'Properties'), referred),
    readBack: async ({ client, id, named }) => {
      const asked = new GetFunctionCommand({ FunctionName: id('Figures') })
      // A list of ARNs, a role's, or a name; of the database, which is another stack's, the whole ARN.
      const nameOf = (arn: string): string =>
        arn.startsWith('arn:aws:rds:')
          ? arn
          : (String(named(arn.replace(/^arn:aws:(s3:::|dynamodb:.*:table\/)/, '')))
              .split('/')
              .at(-1) ?? '')
      return lambda((await new LambdaClient(client).send(asked)).Configuration, (value) =>
        String(value).split(' ').map(nameOf).join(' '),
      )
    },
  }),
  {
    type: 'AWS::Lambda::Function',
    says: 'the code that says it is that of the file, as it is',
    fact: 'code that says what a backup took',
    proves: [],
    is: figuresCode(),
    template: (template) => at(resourceOf(template, 'Figures'), 'Properties', 'Code', 'ZipFile'),
    by: 'template',
    because: 'the API answers an address of an archive; a test runs the same code against the emulator',
  },
  onEmulator({
    type: 'AWS::Events::Rule',
    says: 'it is called whenever a backup was made',
    fact: 'hears of backups',
    proves: [],
    is: [`${name}-backup-made`, 'ENABLED', ['aws.backup'], ['Backup Job State Change'], ['state', ['COMPLETED']], 1],
    template: (template) => ruleIn(template, 'BackupMade'),
    readBack: async (deployed) => ruleOf(deployed, 'BackupMade'),
  }),
  {
    type: 'AWS::Events::Rule',
    says: 'what it is called for are backups into the vault of the stack, and what is called is that function',
    fact: 'who calls what says it',
    proves: [],
    is: [['Vault'], ['Figures']],
    template: (template) => {
      const found = at(resourceOf(template, 'BackupMade'), 'Properties')
      return [
        referred(at(found, 'EventPattern', 'detail', 'backupVaultName')),
        list(at(found, 'Targets')).map((one) => referred(at(one, 'Arn'))),
      ]
    },
    by: 'template',
    because: 'that it is enabled, and for which events, is read back',
  },
  onEmulator({
    type: 'AWS::Events::Rule',
    says: 'every five minutes it says how old the newest backup and restore test are: of one that never ran no event comes',
    fact: 'looks for backups',
    proves: [],
    is: [`${name}-backup-looked-for`, 'ENABLED', 'rate(5 minutes)', 1],
    template: (template) => clockIn(template, 'BackupLookedFor'),
    readBack: async (deployed) => clockOf(deployed, 'BackupLookedFor'),
  }),
  {
    type: 'AWS::Events::Rule',
    says: 'what is called every five minutes is that function',
    fact: 'what looks for backups',
    proves: [],
    is: ['Figures'],
    template: (template) => calledIn(template, 'BackupLookedFor'),
    by: 'template',
    because: 'that it is enabled, and how often, is read back',
  },
  {
    type: 'AWS::Lambda::Permission',
    says: 'EventBridge may call what says it, for those two rules alone',
    fact: 'who may call what says it',
    proves: [],
    is: ['BackupLookedFor', 'BackupMade'].map((rule) => [
      'lambda:InvokeFunction',
      'Figures',
      'events.amazonaws.com',
      rule,
    ]),
    template: (template) => permissionsIn(template).filter(([, of]) => of === 'Figures'),
    by: 'template',
    because: 'an emulator asks nobody for rights',
  },
  roleIs('FiguresServiceRole', 'what says what a backup took has a role of its own, which may write its log', {
    service: 'lambda.amazonaws.com',
    policies: ['service-role/AWSLambdaBasicExecutionRole'],
  }),
  rightsAre('FiguresServiceRole', 'it lists backups and restores, and puts figures under edge’s own name alone', [
    'Allow backup:ListBackupJobs backup:ListRestoreJobs on *',
    'Allow backup:DescribeBackupVault on Vault.BackupVaultArn',
    `Allow cloudwatch:PutMetricData on * where StringEquals cloudwatch:namespace ${namespace}`,
  ]),
  ...callProofs(`${name}-backup`, alarms),
  ...alarms.flatMap((alarm) =>
    alarmProofs(
      alarm,
      isOfVault(alarm)
        ? [ofVault.namespace, `${ofVault.dimension} Vault`]
        : [namespace, ...Object.entries(dimensionsOf(name)).map((one) => one.join(' '))],
      callsItself(alarm, alarms),
    ).map((proof) => ({
      ...proof,
      // They keep promises of monitoring, which looks at them itself.
      proves: [],
    })),
  ),
]

const lambda = (found: unknown, nameOf: (value: unknown) => unknown): readonly unknown[] => [
  ...['Runtime', 'Timeout', 'Handler', 'FunctionName'].map((word) => at(found, word)),
  ...['NAMESPACE', 'INSTANCE'].map((word) => at(found, 'Environment', 'Variables', word)),
  ...['VAULT', 'RESOURCES'].map((word) => nameOf(at(found, 'Environment', 'Variables', word))),
  nameOf(at(found, 'Role')),
]
