import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupVault } from 'aws-cdk-lib/aws-backup'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Measured } from '../../../src/core/alarm.ts'
import { type CallingAlarm, cloudWatchAlarms, periodOf } from '../../../src/targets/aws/alarm.ts'
import { callTogether } from '../../../src/targets/aws/calls.ts'
import { backupAlarms } from '../alarms.ts'
import { backup } from '../guarantees.ts'
import { calledByRule, inlineFunction } from '../../../src/targets/aws/inline-function.ts'

/** AWS Backup has no figure of these: a function puts them when a backup was made, and the ages by the clock. */
const figures = new Set<unknown>(['backupSize', 'backupDuration', backup.freshness, backup.verification])
export const measuredOfJobs: readonly Measured[] = backupAlarms.filter(({ promise }) => figures.has(promise))

/** The period of the alarm about the age of the newest backup. */
const everyFewMinutes = Duration.minutes(5)

export const namespace = 'edge/Backup'
/** By which an instance's own figures are told from another's. */
export const dimensionsOf = (name: string) => ({ Instance: name })

/** What AWS runs. */
export const figuresCode = (): string => readFileSync(join(import.meta.dirname, 'bundled/backup-figures.cjs'), 'utf8')

/**
 * What each backup into the vault took, its size beside those before it, how old the newest one is of each resource, and the
 * newest restore test that found it good; with the alarms about all of them.
 */
export function jobFigures(
  scope: Construct,
  name: string,
  vault: BackupVault,
  { alarms, resources }: { readonly alarms: readonly CallingAlarm[]; readonly resources: readonly string[] },
): void {
  const code = inlineFunction(scope, 'Figures', {
    functionName: `${name}-backup-figures`,
    description: 'Says how long a backup took, and how large it is beside those before it',
    text: figuresCode(),
    timeout: Duration.minutes(1),
    environment: {
      NAMESPACE: namespace,
      INSTANCE: name,
      VAULT: vault.backupVaultName,
      RESOURCES: resources.join(' '),
    },
  })
  code.addToRolePolicy(
    new PolicyStatement({ actions: ['backup:ListBackupJobs', 'backup:ListRestoreJobs'], resources: ['*'] }),
  )
  code.addToRolePolicy(
    new PolicyStatement({ actions: ['backup:DescribeBackupVault'], resources: [vault.backupVaultArn] }),
  )
  const only = { StringEquals: { 'cloudwatch:namespace': namespace } }
  code.addToRolePolicy(
    new PolicyStatement({ actions: ['cloudwatch:PutMetricData'], resources: ['*'], conditions: only }),
  )
  new Rule(scope, 'BackupMade', {
    ruleName: `${name}-backup-made`,
    description: 'A backup was made',
    eventPattern: {
      source: ['aws.backup'],
      detailType: ['Backup Job State Change'],
      detail: { state: ['COMPLETED'], backupVaultName: [vault.backupVaultName] },
    },
    targets: [calledByRule(code)],
  })
  new Rule(scope, 'BackupLookedFor', {
    ruleName: `${name}-backup-looked-for`,
    description: 'Is there a young backup of everything?',
    schedule: Schedule.rate(everyFewMinutes),
    targets: [calledByRule(code)],
  })
  const watching = alarms.map((alarm) => {
    const { name: metricName, statistic } = alarm.metric
    const metric = new Metric({
      namespace,
      metricName,
      statistic,
      period: periodOf(alarm),
      dimensionsMap: dimensionsOf(name),
    })
    return { alarm, made: cloudWatchAlarms(scope, name, alarm, metric) }
  })
  callTogether(scope, `${name}-backup`, watching)
}
