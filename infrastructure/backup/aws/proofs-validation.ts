import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { authoritiesInLambda } from '../../../src/targets/aws/inline-function.ts'
import { onEmulator, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { rightsAre, roleIs } from '../../../src/targets/aws/role-proof.ts'
import { calledIn, clockIn, clockOf, ruleIn, permissionsIn, ruleOf } from '../../../src/targets/aws/rule-proof.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { namespace } from './measured.ts'
import { type Live, readerCode, validationCode } from './validation.ts'

const lambda = 'AWS::Lambda::Function'
const rule = 'AWS::Events::Rule'

type Validated = {
  readonly name: string
  readonly account: string
  readonly region: string
  readonly reader: string
  readonly functions: Live['functions']
}

/** From what is noted, and from the event of a restore, to what AWS Backup and whoever is called are told of it. */
export const validationProofs = ({ name, account, region, reader, functions }: Validated): readonly RoomProof[] => [
  ...functionProofs(name, reader, functions),
  ...ruleProofs(name),
  ...notesProofs,
  roleIs('ValidateServiceRole', 'what compares restored data has a role of its own, which may write its log', {
    service: 'lambda.amazonaws.com',
    policies: ['service-role/AWSLambdaBasicExecutionRole'],
  }),
  rightsAre(
    'ValidateServiceRole',
    'it reads what was restored for a test and what that is a copy of, and changes neither',
    [
      'Allow backup:DescribeRestoreJob backup:PutRestoreValidationResult on *',
      'Allow events:PutEvents on arn:aws:events:*:*:event-bus/default where StringEquals events:source edge.backup',
      `Allow cloudwatch:PutMetricData on * where StringEquals cloudwatch:namespace ${namespace}`,
      'Allow rds:DescribeDBInstances on arn:aws:rds:*:*:db:awsbackup-restore-test-*',
      'Allow dynamodb:Scan on arn:aws:dynamodb:*:*:table/awsbackup-restore-test-* Sessions UserPreferences',
      'Allow s3:ListBucket on arn:aws:s3:::awsbackup-restore-test-* Uploads',
      'Allow dynamodb:PutItem dynamodb:Query on Notes',
      'Allow lambda:InvokeFunction on ReadDatabase',
    ],
  ),
  roleIs('ReadDatabaseServiceRole', 'what reads a database has a role of its own, which may stand in the network', {
    service: 'lambda.amazonaws.com',
    policies: ['service-role/AWSLambdaBasicExecutionRole', 'service-role/AWSLambdaVPCAccessExecutionRole'],
  }),
  rightsAre('ReadDatabaseServiceRole', 'it signs in to databases as who may read alone, and may nothing else', [
    `Allow rds-db:connect on arn:aws:rds-db:${region}:${account}:dbuser:*/${functions.user}`,
  ]),
]

const functionProofs = (name: string, reader: string, functions: Live['functions']): readonly RoomProof[] => [
  onEmulator({
    type: lambda,
    says: 'what compares restored data is the program of validate-restore.ts, has a quarter of an hour for it, and knows all that is live',
    fact: 'compares restored data',
    proves: [],
    is: [
      'nodejs24.x',
      900,
      512,
      'index.handler',
      `${name}-validate-restore`,
      namespace,
      name,
      'ReadDatabase',
      'Notes',
      reader,
      'Sessions UserPreferences',
      'ValidateServiceRole',
    ],
    template: (template) => ofValidate(at(resourceOf(template, 'Validate'), 'Properties'), referred),
    readBack: async ({ client, id, named }) => {
      const asked = new GetFunctionCommand({ FunctionName: id('Validate') })
      return ofValidate((await new LambdaClient(client).send(asked)).Configuration, namesIn(named))
    },
  }),
  onEmulator({
    type: lambda,
    says: 'what reads a database is the program of read-database.ts, signs in by IAM, and trusts Amazon’s authorities',
    fact: 'reads a database',
    proves: [],
    is: [
      'nodejs24.x',
      780,
      512,
      'index.handler',
      `${name}-read-database`,
      functions.database,
      functions.user,
      authoritiesInLambda,
      'ReadDatabaseServiceRole',
    ],
    template: (template) => ofReader(at(resourceOf(template, 'ReadDatabase'), 'Properties'), referred),
    readBack: async ({ client, id, named }) => {
      const asked = new GetFunctionCommand({ FunctionName: id('ReadDatabase') })
      return ofReader((await new LambdaClient(client).send(asked)).Configuration, namesIn(named))
    },
  }),
  {
    type: lambda,
    says: 'it stands in the network of the database, where it reaches that and is reached by nobody',
    fact: 'where what reads a database stands',
    proves: [],
    is: [functions.subnets, [functions.group]],
    template: (template) =>
      ['SubnetIds', 'SecurityGroupIds'].map((word) =>
        at(resourceOf(template, 'ReadDatabase'), 'Properties', 'VpcConfig', word),
      ),
    by: 'template',
    because: 'the emulator puts functions into no network',
  },
  ...(
    [
      ['Validate', 'compares restored data', validationCode()],
      ['ReadDatabase', 'reads a database', readerCode()],
    ] as const
  ).map(([resource, does, is]): RoomProof => ({
    type: lambda,
    says: `the code that ${does} is that of the file, as it is`,
    fact: `code that ${does}`,
    proves: [],
    is,
    template: (template) => at(resourceOf(template, resource), 'Properties', 'Code', 'ZipFile'),
    by: 'template',
    because: 'the API answers an address of an archive; a test runs the same code against PostgreSQL and the emulator',
  })),
]

const words = ['Runtime', 'Timeout', 'MemorySize', 'Handler', 'FunctionName'] as const
const variables = (found: unknown, ...names: readonly string[]): readonly unknown[] =>
  names.map((name) => at(found, 'Environment', 'Variables', name))

const ofValidate = (found: unknown, nameOf: (value: unknown) => unknown): readonly unknown[] => [
  ...words.map((word) => at(found, word)),
  ...variables(found, 'NAMESPACE', 'INSTANCE', 'READER', 'NOTES', 'LIVE_DATABASE', 'TABLES').map(nameOf),
  nameOf(at(found, 'Role')),
]
const ofReader = (found: unknown, nameOf: (value: unknown) => unknown): readonly unknown[] => [
  ...words.map((word) => at(found, word)),
  ...variables(found, 'DATABASE', 'DATABASE_USER', 'NODE_EXTRA_CA_CERTS'),
  nameOf(at(found, 'Role')),
]

/** A list of ARNs, a role's, or a name. */
const namesIn =
  (named: (text: unknown) => unknown) =>
  (value: unknown): string =>
    String(value)
      .split(' ')
      .map((one) => String(named(one.replace(/^arn:aws:(dynamodb:.*:table|iam:.*:role)\//, ''))))
      .join(' ')

const heard = (id: string, name: string, says: string, field: string, detailType: string): RoomProof =>
  onEmulator({
    type: rule,
    says,
    fact: `is called by ${id}`,
    proves: [],
    is: [name, 'ENABLED', ['aws.backup'], [detailType], [field, ['COMPLETED']], 1],
    template: (template) => ruleIn(template, id),
    readBack: async (deployed) => ruleOf(deployed, id),
  })

const ruleProofs = (name: string): readonly RoomProof[] => [
  heard(
    'Restored',
    `${name}-restored`,
    'it is called whenever a restore test has restored something',
    'status',
    'Restore Job State Change',
  ),
  heard(
    'TableBackedUp',
    `${name}-table-backed-up`,
    'it is called whenever a table was backed up',
    'state',
    'Backup Job State Change',
  ),
  {
    type: rule,
    says: 'what it is called for are the two restore tests, and backups of tables into the vault of the stack',
    fact: 'who calls for what',
    proves: [],
    is: [
      ['RestoreTestMoment.RestoreTestingPlanArn', 'RestoreTest.RestoreTestingPlanArn'],
      ['DynamoDB'],
      ['Vault'],
      [['Validate'], ['Validate'], ['Validate']],
    ],
    template: (template) => {
      const detail = (id: string): unknown => at(resourceOf(template, id), 'Properties', 'EventPattern', 'detail')
      return [
        referred(at(detail('Restored'), 'restoreTestingPlanArn')),
        at(detail('TableBackedUp'), 'resourceType'),
        referred(at(detail('TableBackedUp'), 'backupVaultName')),
        ['Restored', 'TableBackedUp', 'BeforeBackups'].map((id) => calledIn(template, id)),
      ]
    },
    by: 'template',
    because: 'that each is enabled is read back; the emulator does not know the plans that one would name',
  },
  onEmulator({
    type: rule,
    says: 'ten minutes before the tables are backed up it notes what the live data holds',
    fact: 'notes what the live data holds',
    proves: [],
    is: [`${name}-before-backups`, 'ENABLED', 'cron(50 3 * * ? *)', 1],
    template: (template) => clockIn(template, 'BeforeBackups'),
    readBack: (deployed) => clockOf(deployed, 'BeforeBackups'),
  }),
  {
    type: 'AWS::Lambda::Permission',
    says: 'EventBridge may call it for these three rules alone',
    fact: 'who may call it',
    proves: [],
    is: ['BeforeBackups', 'Restored', 'TableBackedUp'].map((one) => [
      'lambda:InvokeFunction',
      'Validate',
      'events.amazonaws.com',
      one,
    ]),
    template: (template) => permissionsIn(template).filter(([, of]) => of === 'Validate'),
    by: 'template',
    because: 'an emulator asks nobody for rights',
  },
]

const notesProofs: readonly RoomProof[] = [
  onEmulator({
    type: 'AWS::DynamoDB::Table',
    says: 'what the live data held is noted by what it is of and when, and costs by what is asked',
    fact: 'notes: key, billing',
    proves: [],
    is: [
      [
        ['of', 'HASH'],
        ['at', 'RANGE'],
      ],
      'PAY_PER_REQUEST',
    ],
    template: (template) => {
      const found = at(resourceOf(template, 'Notes'), 'Properties')
      return [keyOf(found), at(found, 'BillingMode')]
    },
    readBack: async ({ client, id }) => {
      const { Table: found } = await new DynamoDBClient(client).send(
        new DescribeTableCommand({ TableName: id('Notes') }),
      )
      return [keyOf(found), found?.BillingModeSummary?.BillingMode]
    },
  }),
  {
    type: 'AWS::DynamoDB::Table',
    says: 'a note goes by itself when it is old, and all of them go with the stack',
    fact: 'notes end by',
    proves: [],
    is: [
      true,
      'expires',
      [
        ['of', 'S'],
        ['at', 'S'],
      ],
      'Delete',
      'Delete',
    ],
    template: (template) => {
      const found = resourceOf(template, 'Notes')
      const ends = at(found, 'Properties', 'TimeToLiveSpecification')
      const types = list(at(found, 'Properties', 'AttributeDefinitions')).map((one) => [
        at(one, 'AttributeName'),
        at(one, 'AttributeType'),
      ])
      return [
        at(ends, 'Enabled'),
        at(ends, 'AttributeName'),
        types,
        at(found, 'DeletionPolicy'),
        at(found, 'UpdateReplacePolicy'),
      ]
    },
    by: 'template',
    because: 'that sessions end by themselves is read back; of a note nothing hangs on it',
  },
]

const keyOf = (found: unknown): readonly unknown[] =>
  list(at(found, 'KeySchema')).map((one) => [at(one, 'AttributeName'), at(one, 'KeyType')])
