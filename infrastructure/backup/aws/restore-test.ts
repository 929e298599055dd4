import { CfnRestoreTestingPlan, CfnRestoreTestingSelection, type BackupVault } from 'aws-cdk-lib/aws-backup'
import type { Construct } from 'constructs'
import { planNames } from './plan-names.ts'

/** What is restored, and as what: the database stands where the real one does, reached by nobody new. */
export type Restored = {
  readonly database: { readonly arn: string; readonly subnets: string; readonly group: string }
  readonly bucket: string
  readonly tables: readonly string[]
}

/** How long a restored resource waits to be looked into, at most; then AWS Backup deletes it. */
const hours = 4

/** Each Saturday each kind of data is restored, compared with what it is a copy of, and deleted again. */
export function restoreTest(
  scope: Construct,
  { name, vault, roleArn, what }: { name: string; vault: BackupVault; roleArn: string; what: Restored },
): readonly CfnRestoreTestingPlan[] {
  const names = planNames(name)
  const plan = (id: string, restoreTestingPlanName: string, type: string) =>
    new CfnRestoreTestingPlan(scope, id, {
      restoreTestingPlanName,
      scheduleExpression: 'cron(0 6 ? * SAT *)',
      scheduleExpressionTimezone: 'UTC',
      // A test begins at any time within it; one of this week is missed when the week since the last one is over.
      startWindowHours: 1,
      recoveryPointSelection: {
        algorithm: 'LATEST_WITHIN_WINDOW',
        includeVaults: [vault.backupVaultArn],
        recoveryPointTypes: [type],
        selectionWindowDays: 7,
      },
    })
  const moment = plan('RestoreTestMoment', names.moment, 'CONTINUOUS')
  const backups = plan('RestoreTest', names.backups, 'SNAPSHOT')
  const select = (id: string, of: CfnRestoreTestingPlan, { type, arns, overrides = {} }: Selected): void => {
    const selection = new CfnRestoreTestingSelection(scope, `RestoreTest${id}`, {
      restoreTestingPlanName: of.restoreTestingPlanName,
      restoreTestingSelectionName: id.toLowerCase(),
      protectedResourceType: type,
      protectedResourceArns: [...arns],
      iamRoleArn: roleArn,
      validationWindowHours: hours,
      restoreMetadataOverrides: overrides,
    })
    selection.addResourceDependency(of)
  }
  const { database } = what
  select('Database', moment, { type: 'RDS', arns: [database.arn], overrides: overridesOf(database) })
  select('Uploads', backups, { type: 'S3', arns: [what.bucket] })
  select('Tables', backups, { type: 'DynamoDB', arns: what.tables })
  return [moment, backups]
}

type Selected = {
  readonly type: string
  readonly arns: readonly string[]
  readonly overrides?: Readonly<Record<string, string>>
}

export const overridesOf = ({ subnets, group }: Pick<Restored['database'], 'subnets' | 'group'>) => ({
  dbSubnetGroupName: subnets,
  vpcSecurityGroupIds: JSON.stringify([group]),
  multiAz: 'false',
  publiclyAccessible: 'false',
  // AWS Backup could not delete it again.
  deletionProtection: 'false',
  // Who looks into it signs in by IAM, which a restored instance lets nobody do by itself.
  enableIamDatabaseAuthentication: 'true',
})
