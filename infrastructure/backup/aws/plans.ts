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
  /** Whatever else carries this tag is backed up by the same rules. */
  readonly tagged?: { readonly key: string; readonly value: string }
  readonly vault: BackupVault
  /** The vault elsewhere that each backup is copied to; of what is continuous there is no copy that is. */
  readonly copies: IBackupVault | undefined
  readonly role: IRole
}

export function plan(scope: Construct, id: string, { name, rules, of, tagged, vault, copies, role }: Plan): void {
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
  if (!tagged) return
  made.addSelection('Tagged', {
    backupSelectionName: `${name}-tagged`,
    resources: [BackupResource.fromTag(tagged.key, tagged.value)],
    role,
    disableDefaultBackupPolicy: true,
  })
}

/** What an operator gives to a resource of their own, which is then backed up as the database is: `edge:backup = NAME`. */
export const tagOf = (name: string) => ({ key: 'edge:backup', value: name }) as const
