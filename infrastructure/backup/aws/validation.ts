import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupVault, CfnRestoreTestingPlan } from 'aws-cdk-lib/aws-backup'
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { CfnFunction, type Function as LambdaCode } from 'aws-cdk-lib/aws-lambda'
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { authoritiesInLambda, calledByRule, inlineFunction } from '../../../src/targets/aws/inline-function.ts'
import { namespace } from './measured.ts'

/** The live data that copies are held against; the database by the address of its replica, which nobody waits for. */
export type Live = {
  readonly database: string
  readonly bucket: string
  readonly tables: readonly string[]
  /** Where a function stands that reaches the database, and as whom it signs in. */
  readonly functions: {
    readonly group: string
    readonly subnets: readonly string[]
    readonly database: string
    readonly user: string
  }
}

/** AWS Backup begins the name of all that it restores for a test with this. */
const prefix = 'awsbackup-restore-test-'

const code = (name: string) => (): string => readFileSync(join(import.meta.dirname, 'bundled', name), 'utf8')
/** What AWS runs. */
export const validationCode = code('validate-restore.cjs')
export const readerCode = code('read-database.cjs')

/** All rows are read: as long as Lambda lets a function run. Who waits for that has to tell what came of it. */
const longest = Duration.minutes(15)
const reads = Duration.minutes(13)

/** Compares what a restore test brings back, and notes beforehand what there is to compare with. */
export function validation(
  scope: Construct,
  {
    name,
    vault,
    plans,
    live,
  }: { name: string; vault: BackupVault; plans: readonly CfnRestoreTestingPlan[]; live: Live },
): void {
  const notes = notesTable(scope)
  const reader = readDatabase(scope, name, live.functions)
  const validate = inlineFunction(scope, 'Validate', {
    functionName: `${name}-validate-restore`,
    description: 'Compares what a restore test brought back, and says what it saw',
    text: validationCode(),
    timeout: longest,
    memorySize: 512,
    environment: {
      NAMESPACE: namespace,
      INSTANCE: name,
      READER: reader.functionName,
      NOTES: notes.tableName,
      LIVE_DATABASE: live.database,
      TABLES: live.tables.join(' '),
    },
  })
  for (const statement of rights(live, { reader: reader.functionArn, notes: notes.tableArn }))
    validate.addToRolePolicy(new PolicyStatement(statement))
  type Detail = Readonly<Record<string, unknown>>
  const hears = (id: string, rule: string, description: string, detailType: string, detail: Detail) =>
    new Rule(scope, id, {
      ruleName: `${name}-${rule}`,
      description,
      eventPattern: { source: ['aws.backup'], detailType: [detailType], detail },
      targets: [calledByRule(validate)],
    })
  hears('Restored', 'restored', 'A restore test has restored something', 'Restore Job State Change', {
    status: ['COMPLETED'],
    restoreTestingPlanArn: plans.map(({ attrRestoreTestingPlanArn: arn }) => arn),
  })
  hears('TableBackedUp', 'table-backed-up', 'A backup of a table was made', 'Backup Job State Change', {
    state: ['COMPLETED'],
    resourceType: ['DynamoDB'],
    backupVaultName: [vault.backupVaultName],
  })
  new Rule(scope, 'BeforeBackups', {
    ruleName: `${name}-before-backups`,
    description: 'Notes what the live data holds, before it is backed up',
    // Ten minutes before those of the tables (retention.ts).
    schedule: Schedule.expression('cron(50 3 * * ? *)'),
    targets: [calledByRule(validate)],
  })
}

/** In the network of the database: a token of IAM is made without any service, so that none has to be reached from there. */
function readDatabase(
  scope: Construct,
  name: string,
  { group, subnets, database, user }: Live['functions'],
): LambdaCode {
  const reader = inlineFunction(scope, 'ReadDatabase', {
    functionName: `${name}-read-database`,
    description: 'Reads every row of a database, live or restored, and says what is in it',
    text: readerCode(),
    timeout: reads,
    memorySize: 512,
    environment: { DATABASE: database, DATABASE_USER: user, NODE_EXTRA_CA_CERTS: authoritiesInLambda },
  })
  // CDK's own property takes a network as a whole, and the stack of the database says which of it this one is for.
  const { defaultChild: resource } = reader.node
  if (!(resource instanceof CfnFunction)) throw new Error('a function of CDK is no longer one resource')
  resource.vpcConfig = { subnetIds: [...subnets], securityGroupIds: [group] }
  const network = 'service-role/AWSLambdaVPCAccessExecutionRole'
  reader.role?.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName(network))
  // A restored instance has an id of its own each time.
  const { region, account } = Stack.of(scope)
  const door = { actions: ['rds-db:connect'], resources: [`arn:aws:rds-db:${region}:${account}:dbuser:*/${user}`] }
  reader.addToRolePolicy(new PolicyStatement(door))
  return reader
}

/** What the live data held at some moments. It goes with the stack: without it nothing is restored for a test. */
const notesTable = (scope: Construct): Table =>
  new Table(scope, 'Notes', {
    partitionKey: { name: 'of', type: AttributeType.STRING },
    sortKey: { name: 'at', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'expires',
    removalPolicy: RemovalPolicy.DESTROY,
  })

/** It reads what was restored for a test, and what that is a copy of, and changes neither; it says what it saw. */
const rights = ({ bucket, tables }: Live, { reader, notes }: { readonly reader: string; readonly notes: string }) => [
  { actions: ['backup:DescribeRestoreJob', 'backup:PutRestoreValidationResult'], resources: ['*'] },
  {
    actions: ['events:PutEvents'],
    resources: ['arn:aws:events:*:*:event-bus/default'],
    conditions: { StringEquals: { 'events:source': 'edge.backup' } },
  },
  {
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    conditions: { StringEquals: { 'cloudwatch:namespace': namespace } },
  },
  { actions: ['rds:DescribeDBInstances'], resources: [`arn:aws:rds:*:*:db:${prefix}*`] },
  { actions: ['dynamodb:Scan'], resources: [`arn:aws:dynamodb:*:*:table/${prefix}*`, ...tables] },
  { actions: ['s3:ListBucket'], resources: [`arn:aws:s3:::${prefix}*`, bucket] },
  { actions: ['dynamodb:PutItem', 'dynamodb:Query'], resources: [notes] },
  { actions: ['lambda:InvokeFunction'], resources: [reader] },
]
