import { BackupPlan, BackupPlanRule, BackupResource, type BackupVault, type IBackupVault } from 'aws-cdk-lib/aws-backup'
import { Schedule } from 'aws-cdk-lib/aws-events'
import type { IRole } from 'aws-cdk-lib/aws-iam'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { type Rule, windowMinutes } from './retention.ts'

type Plan = {
  readonly name: string
  readonly rules: readonly Rule[]
  /** What is backed up, by its ARN: what is chosen by a tag is left out where an account has not opted in. */
  readonly of: readonly string[]
  readonly vault: BackupVault
  /** The vault elsewhere that each backup is copied to; of what is continuous there is no copy that is. */
  readonly copies: IBackupVault | undefined
  readonly role: IRole
}

export function plan(scope: Construct, id: string, { name, rules, of, vault, copies, role }: Plan): void {
  const made = new BackupPlan(scope, id, {
    backupPlanName: name,
    backupVault: vault,
    backupPlanRules: rules.map(({ name: ruleName, cron, days, continuous }) => {
      const deleteAfter = Duration.days(days)
      return new BackupPlanRule({
        ruleName,
        scheduleExpression: Schedule.expression(cron),
        startWindow: Duration.minutes(windowMinutes),
        completionWindow: Duration.hours(8),
        deleteAfter,
        enableContinuousBackup: continuous,
        ...(copies && !continuous ? { copyActions: [{ destinationBackupVault: copies, deleteAfter }] } : {}),
      })
    }),
  })
  made.addSelection('Of', {
    backupSelectionName: name,
    resources: of.map((arn) => BackupResource.fromArn(arn)),
    role,
    disableDefaultBackupPolicy: true,
  })
}
