import type { CallingAlarm } from '../../../src/targets/aws/alarm.ts'
import { alarmsAt } from '../../monitoring/alarms.ts'
import { monitoringSettings } from '../../monitoring/settings.ts'
import { severityOfAlarm } from '../../monitoring/severity.ts'
import { silentAlarms } from '../../../src/core/own-function.ts'
import { databaseAlarmsOnAws } from '../alarms.ts'
import { databaseFunctions } from '../aws/own-functions.ts'
import { type DatabaseSettings, databaseSettings } from '../settings.ts'
import type { DatabaseNeedsOnAws } from '../aws/proofs.ts'
import { DatabaseStack } from '../aws/stack.ts'
import { type TemplateContent, templatesOf } from '../../../src/targets/aws/assembly.ts'
import { withFolder } from '../../../test/with-folder.ts'

const topic = (severity: string): string => `arn:aws:sns:us-east-1:000000000000:trial-${severity}`

/** What the proofs are of: every resource that there can be, and somebody who is admitted. */
export const proven = {
  name: 'trial',
  region: 'us-east-1',
  settings: databaseSettings.parse({}),
  needs: {
    network: { admits: ['10.1.0.0/16'] },
    recoverDays: 7,
    alarms: alarmsAt(monitoringSettings.parse({}), databaseAlarmsOnAws).map((alarm): CallingAlarm => {
      const severity = severityOfAlarm(alarm)
      return { ...alarm, severity, topic: topic(severity) }
    }),
    silent: databaseFunctions.flatMap(silentAlarms).map((alarm) => ({ ...alarm, topic: topic(alarm.severity) })),
  },
} as const satisfies { name: string; region: string; settings: DatabaseSettings; needs: DatabaseNeedsOnAws }

/** The template of a stack of the database; of the proven one where nothing is said. */
export const templateOf = (
  change: { readonly settings?: DatabaseSettings } & Partial<DatabaseNeedsOnAws> = {},
): Promise<TemplateContent> =>
  withFolder(async (outdir) => {
    const { settings = proven.settings, ...needs } = change
    const [template] = templatesOf((app) => {
      const env = { account: '000000000000', region: proven.region }
      new DatabaseStack(app, 'trial-database', { env, name: proven.name, settings, ...proven.needs, ...needs })
    }, outdir)
    return template?.content ?? {}
  })
