import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupVault } from 'aws-cdk-lib/aws-backup'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { type CallingAlarm, cloudWatchAlarms, periodOf } from '../../../src/targets/aws/alarm.ts'
import type { AlarmOnAws } from '../../../src/core/cloudwatch-alarm.ts'
import { callTogether } from '../../../src/targets/aws/calls.ts'
import { stackName } from '../../../src/targets/aws/describe-stack.ts'
import type { Figure, Where } from '../../../src/targets/aws/room.ts'
import { calledByRule, inlineFunction } from '../../../src/targets/aws/inline-function.ts'
import { dimensionsOf, isOfVault, namespace, ofVault } from './measured.ts'

/** The period of the alarm about the age of the newest backup. */
const everyFewMinutes = Duration.minutes(5)

/** Where CloudWatch has what an alarm looks at. The name of the vault has a part of its stack's id. */
export const figureOf = (alarm: AlarmOnAws, { instance, region }: Pick<Where, 'instance' | 'region'>): Figure =>
  isOfVault(alarm)
    ? {
        namespace: ofVault.namespace,
        region,
        dimensions: { [ofVault.dimension]: { stack: stackName(instance, 'backup'), resource: 'Vault' } },
      }
    : { namespace, region, dimensions: dimensionsOf(instance) }

/** What AWS runs. */
export const figuresCode = (): string => readFileSync(join(import.meta.dirname, 'bundled/backup-figures.cjs'), 'utf8')

/**
 * What each backup into the vault took, its size beside those before it, how old the newest one is of each resource, and the
 * newest restore test that found it good; with the alarms about all of them, and about what AWS Backup counts itself.
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
    const where = isOfVault(alarm)
      ? { namespace: ofVault.namespace, dimensionsMap: { [ofVault.dimension]: vault.backupVaultName } }
      : { namespace, dimensionsMap: dimensionsOf(name) }
    const metric = new Metric({ ...where, metricName, statistic, period: periodOf(alarm) })
    return { alarm, made: cloudWatchAlarms(scope, name, alarm, metric) }
  })
  callTogether(scope, `${name}-backup`, watching)
}
