import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CfnRestoreTestingPlan, CfnRestoreTestingSelection, type BackupVault } from 'aws-cdk-lib/aws-backup'
import { Rule } from 'aws-cdk-lib/aws-events'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { calledByRule, inlineFunction } from '../../../src/targets/aws/inline-function.ts'

/** What is restored for a test, and as what: the database stands where the real one does, reached by nobody new. */
export type Restored = {
  readonly database: { readonly arn: string; readonly subnets: string; readonly group: string }
  readonly bucket: string
  readonly tables: readonly string[]
}

/** AWS Backup begins the name of all that it restores for a test with this. */
const prefix = 'awsbackup-restore-test-'
/** How long a restored resource waits to be looked into, at most; then AWS Backup deletes it. */
const hours = 4

/** Each Saturday the newest backup of each kind is restored, looked into, and deleted again. */
export function restoreTest(scope: Construct, name: string, vault: BackupVault, roleArn: string, what: Restored): void {
  const planName = `${name.replaceAll('-', '_')}_weekly`
  const plan = new CfnRestoreTestingPlan(scope, 'RestoreTest', {
    restoreTestingPlanName: planName,
    scheduleExpression: 'cron(0 6 ? * SAT *)',
    scheduleExpressionTimezone: 'UTC',
    startWindowHours: hours,
    recoveryPointSelection: {
      algorithm: 'LATEST_WITHIN_WINDOW',
      includeVaults: [vault.backupVaultArn],
      recoveryPointTypes: ['SNAPSHOT', 'CONTINUOUS'],
      selectionWindowDays: 7,
    },
  })
  const select = (
    id: string,
    type: string,
    arns: readonly string[],
    overrides: Readonly<Record<string, string>>,
  ): void => {
    const selection = new CfnRestoreTestingSelection(scope, `RestoreTest${id}`, {
      restoreTestingPlanName: planName,
      restoreTestingSelectionName: id.toLowerCase(),
      protectedResourceType: type,
      protectedResourceArns: [...arns],
      iamRoleArn: roleArn,
      validationWindowHours: hours,
      restoreMetadataOverrides: overrides,
    })
    selection.addResourceDependency(plan)
  }
  const { database } = what
  select('Database', 'RDS', [database.arn], {
    dbSubnetGroupName: database.subnets,
    vpcSecurityGroupIds: JSON.stringify([database.group]),
    multiAz: 'false',
    publiclyAccessible: 'false',
    // AWS Backup could not delete it again.
    deletionProtection: 'false',
  })
  select('Uploads', 'S3', [what.bucket], {})
  select('Tables', 'DynamoDB', what.tables, {})
  validation(scope, name, plan)
}

/** What AWS runs: the text of the file as it is. */
export const validationCode = (): string => readFileSync(join(import.meta.dirname, 'validate-restore.cjs'), 'utf8')

function validation(scope: Construct, name: string, plan: CfnRestoreTestingPlan): void {
  const code = inlineFunction(scope, 'Validate', {
    functionName: `${name}-validate-restore`,
    description: 'Looks into what a restore test brought back, and says what it saw',
    text: validationCode(),
    timeout: Duration.minutes(2),
  })
  for (const statement of rights) code.addToRolePolicy(new PolicyStatement(statement))
  new Rule(scope, 'Restored', {
    description: 'A restore test has restored something',
    eventPattern: {
      source: ['aws.backup'],
      detailType: ['Restore Job State Change'],
      detail: { status: ['COMPLETED'], restoreTestingPlanArn: [plan.attrRestoreTestingPlanArn] },
    },
    targets: [calledByRule(code)],
  })
}

/** It reads what was restored for a test, by its name, and nothing that is alive; and it says what it saw. */
const rights = [
  { actions: ['backup:PutRestoreValidationResult'], resources: ['*'] },
  {
    actions: ['events:PutEvents'],
    resources: ['arn:aws:events:*:*:event-bus/default'],
    conditions: { StringEquals: { 'events:source': 'edge.backup' } },
  },
  { actions: ['rds:DescribeDBInstances'], resources: [`arn:aws:rds:*:*:db:${prefix}*`] },
  { actions: ['dynamodb:Scan'], resources: [`arn:aws:dynamodb:*:*:table/${prefix}*`] },
  { actions: ['s3:ListBucket'], resources: [`arn:aws:s3:::${prefix}*`] },
]
