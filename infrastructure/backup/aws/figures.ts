import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupVault } from 'aws-cdk-lib/aws-backup'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Code, Function as LambdaCode, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Measured } from '../../../src/core/alarm.ts'
import { type CallingAlarm, cloudWatchAlarms, periodOf } from '../../../src/targets/aws/alarm.ts'
import { callTogether } from '../../../src/targets/aws/calls.ts'
import { backupAlarms } from '../alarms.ts'

/** AWS Backup has no figure of these: a function puts them when a backup was made. */
const figures = new Set<unknown>(['backupSize', 'backupDuration'])
export const measuredOfJobs: readonly Measured[] = backupAlarms.filter(({ promise }) => figures.has(promise))

export const namespace = 'edge/Backup'
/** By which an instance's own figures are told from another's. */
export const dimensionsOf = (name: string) => ({ Instance: name })

/** What AWS runs: the text of the file as it is. */
export const figuresCode = (): string => readFileSync(join(import.meta.dirname, 'backup-figures.cjs'), 'utf8')

/** What each backup into the vault took, and its size beside those before it, with the alarms about both. */
export function jobFigures(scope: Construct, name: string, vault: BackupVault, alarms: readonly CallingAlarm[]): void {
  const code = new LambdaCode(scope, 'Figures', {
    functionName: `${name}-backup-figures`,
    description: 'Says how long a backup took, and how large it is beside those before it',
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline(figuresCode()),
    timeout: Duration.minutes(1),
    environment: { NAMESPACE: namespace, INSTANCE: name },
  })
  code.addToRolePolicy(new PolicyStatement({ actions: ['backup:ListBackupJobs'], resources: ['*'] }))
  const only = { StringEquals: { 'cloudwatch:namespace': namespace } }
  code.addToRolePolicy(
    new PolicyStatement({ actions: ['cloudwatch:PutMetricData'], resources: ['*'], conditions: only }),
  )
  new Rule(scope, 'BackupMade', {
    description: 'A backup was made',
    eventPattern: {
      source: ['aws.backup'],
      detailType: ['Backup Job State Change'],
      detail: { state: ['COMPLETED'], backupVaultName: [vault.backupVaultName] },
    },
    // CDK's types are not written for exactOptionalPropertyTypes.
    targets: [new LambdaFunction(code as IFunction) as IRuleTarget],
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
