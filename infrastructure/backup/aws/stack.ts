import type { BackupVault } from 'aws-cdk-lib/aws-backup'
import { type IRole, ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { ArnFormat, CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { CallingAlarm } from '../../../src/targets/aws/alarm.ts'
import type { BackupSettings } from '../settings.ts'
import { jobFigures } from './figures.ts'
import { copiesOutputs, type DeployedCopies, outputs } from './outputs.ts'
import { plan, tagOf } from './plans.ts'
import { restoreTest } from './restore-test.ts'
import { databaseRules, stateRules } from './retention.ts'
import { tables } from './tables.ts'
import { replicate, uploads } from './uploads.ts'
import { type Live, validation } from './validation.ts'
import { asVault, vault } from './vault.ts'

export type BackupNeedsOnAws = {
  /**
   * Name of the primary, of its subnet group, and id of its security group: where a restored copy stands for a test. The
   * address of its replica, and where a function stands that reaches it: what the copy is compared with.
   */
  readonly database: {
    readonly primary: string
    readonly subnets: string
    readonly group: string
    readonly reader: string
    readonly functions: Live['functions']
  }
  /** The vault elsewhere, and the bucket; undefined where there are no copies. */
  readonly copies: DeployedCopies | undefined
  /** About what each backup took, its size, and the age of the newest. */
  readonly alarms: readonly CallingAlarm[]
}

export type BackupStackProps = StackProps & {
  readonly name: string
  readonly settings: BackupSettings
} & BackupNeedsOnAws

/**
 * AWS Backup: what is backed up, by which rules, into which vault; the bucket and the tables of the app, which are made
 * here because what they promise is that nothing is lost of them; and a restore test each week.
 *
 * What it costs a month in us-east-1, in US dollars, by AWS's price list (B published, K known), for a
 * database of 100 GB that changes by a twentieth each day, 10 GB of uploads and 1 GB of state:
 *
 *     snapshots of the database          (100 + 13 × 5) GB × 0.095       15.68  B
 *     logs of seven days                 within the size of the database  0.00  B
 *     their copies in the other region   165 GB × 0.095                  15.68  B
 *     transfer of the copies             (30 × 5 + 40) GB × 0.02          3.80  B
 *     uploads, and their backup          10 × (0.023 + 2 × 0.05)          1.23  B
 *     uploads in the other region        10 × 0.023 + 0.5 × 0.02          0.24  K
 *     state: storage, PITR, backups      0.25 + 0.20 + 7 × 0.10           1.15  B
 *     keys of two vaults                 2 × 1.00                         2.00  K
 *     restore tests of db.r5.xlarge      4.3 × 5 h × 0.50                10.75  B
 *     state read twice a day to compare  64 GB read, 0.25 M × 0.125 each  2.05  B
 *     figures and alarms of backups      4 × 0.30 + 9 × 0.10              2.10  K
 *                                                                        54.68
 */
export class BackupStack extends Stack {
  constructor(scope: Construct, id: string, props: BackupStackProps) {
    super(scope, id, props)
    const { name, settings, database } = props
    const store = vault(this, name, settings)
    const role = backupRole(this)
    const bucket = uploads(this, settings)
    if (props.copies) replicate(this, bucket, props.copies.uploads)
    const { sessions, preferences } = tables(this, settings)
    const databaseArn = this.formatArn({
      service: 'rds',
      resource: 'db',
      resourceName: database.primary,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    const copies = props.copies === undefined ? undefined : asVault(this, 'Copies', props.copies.vault)
    const same = { vault: store, copies, role }
    const stateArns = [sessions.tableArn, preferences.tableArn]
    const main = { name, rules: databaseRules(settings), of: [databaseArn, bucket.bucketArn], tagged: tagOf(name) }
    plan(this, 'Plan', { ...same, ...main })
    plan(this, 'StatePlan', { ...same, name: `${name}-state`, rules: stateRules(settings), of: stateArns })
    const what = {
      database: { arn: databaseArn, subnets: database.subnets, group: database.group },
      bucket: bucket.bucketArn,
      tables: stateArns,
    }
    const plans = restoreTest(this, { name, vault: store, roleArn: role.roleArn, what })
    const live = { ...what, database: database.reader, functions: database.functions }
    validation(this, { name, vault: store, plans, live })
    jobFigures(this, name, store, {
      alarms: props.alarms,
      resources: [databaseArn, bucket.bucketArn, ...stateArns],
    })
    tell(this, store, [
      [outputs.uploads, bucket.bucketName],
      [outputs.sessions, sessions.tableName],
      [outputs.preferences, preferences.tableName],
    ])
  }
}

/** The vault in the other region, which backups are copied to, and the bucket that has each upload as well. */
export class BackupCopiesStack extends Stack {
  constructor(scope: Construct, id: string, props: Pick<BackupStackProps, 'name' | 'settings'> & StackProps) {
    super(scope, id, props)
    const store = vault(this, `${props.name}-copies`, props.settings)
    const bucket = uploads(this, props.settings)
    new CfnOutput(this, copiesOutputs.vault, { value: store.backupVaultArn })
    new CfnOutput(this, copiesOutputs.uploads, { value: bucket.bucketName })
  }
}

/** AWS's own policies: the least that AWS Backup works with, for what RDS, DynamoDB and S3 each need of it. */
function backupRole(scope: Construct): IRole {
  const policies = [
    'service-role/AWSBackupServiceRolePolicyForBackup',
    'service-role/AWSBackupServiceRolePolicyForRestores',
    'AWSBackupServiceRolePolicyForS3Backup',
    'AWSBackupServiceRolePolicyForS3Restore',
  ]
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('backup.amazonaws.com'),
    managedPolicies: policies.map((name) => ManagedPolicy.fromAwsManagedPolicyName(name)),
    // CDK's types are not written for exactOptionalPropertyTypes: its own role is none of its IRoles.
  }) as IRole
  // Backups that stay name it: without it AWS Backup could neither take one away in its time, nor restore one.
  role.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
  return role
}

function tell(stack: Stack, store: BackupVault, more: readonly (readonly [name: string, value: string])[]): void {
  new CfnOutput(stack, outputs.vault, { value: store.backupVaultName })
  for (const [name, value] of more) new CfnOutput(stack, name, { value })
}
