import { withFolder } from '../../../test/with-folder.ts'
import { type TemplateContent, templatesOf } from '../../../src/targets/aws/assembly.ts'
import { cdnAlarms } from '../../cdn/alarms.ts'
import { databaseAlarmsOnAws } from '../../database/alarms.ts'
import { backupFunctions } from '../../backup/aws/own-functions.ts'
import { databaseFunctions } from '../../database/aws/own-functions.ts'
import { alarmsAt } from '../alarms.ts'
import { monitoringSettings } from '../settings.ts'
import { severityOfAlarm } from '../severity.ts'
import type { StackProps } from 'aws-cdk-lib/core'
import type { Shown } from '../aws/dashboard.ts'
import { MonitoringStack, type MonitoringStackProps } from '../aws/stack.ts'
import { watchedInRegion } from '../aws/watched-functions.ts'

const shown = { region: 'us-east-1' }
const settings = monitoringSettings.parse({})
const called = {
  critical: ['ops@example.com', 'night@example.com'],
  warning: ['ops@example.com'],
  webhookSecret: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:webhook-0a1b2c',
}
const functions = [...databaseFunctions, ...backupFunctions]

/** What the proofs are of: every resource that there can be. */
export const proven = {
  name: 'trial',
  remindEvery: settings.notify.remindEvery,
  reminded: [
    {
      stack: 'trial-database',
      alarms: alarmsAt(settings, databaseAlarmsOnAws).map((alarm) => ({ ...alarm, severity: severityOfAlarm(alarm) })),
    },
    { alarms: watchedInRegion({ called, functions }) },
  ],
  functions,
  called,
  watched: [
    ...alarmsAt(settings, databaseAlarmsOnAws).map((alarm) => ({
      ...shown,
      alarm,
      namespace: 'AWS/RDS',
      dimensions: { DBInstanceIdentifier: 'trial-primary' },
    })),
    ...alarmsAt(settings, cdnAlarms).map((alarm) => ({
      ...shown,
      alarm,
      namespace: 'AWS/CloudFront',
      dimensions: { DistributionId: 'E1', Region: 'Global' },
    })),
  ],
} as const satisfies Omit<MonitoringStackProps, keyof StackProps>

/** `watched`: what its dashboard shows. */
export const provenTemplate = (watched: readonly Shown[] = proven.watched): Promise<TemplateContent> =>
  withFolder(async (outdir) => {
    const [template] = templatesOf((app) => {
      new MonitoringStack(app, 'trial-monitoring', {
        env: { account: '000000000000', region: 'us-east-1' },
        ...proven,
        watched,
      })
    }, outdir)
    return template?.content ?? {}
  })
