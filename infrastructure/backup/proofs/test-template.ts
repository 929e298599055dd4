import { withFolder } from '../../../test/with-folder.ts'
import { type TemplateContent, templatesOf } from '../../../src/targets/aws/assembly.ts'
import type { CallingAlarm } from '../../../src/targets/aws/alarm.ts'
import { alarmsAt } from '../../monitoring/alarms.ts'
import { monitoringSettings } from '../../monitoring/settings.ts'
import { severityOfAlarm } from '../../monitoring/severity.ts'
import { type BackupSettings, backupSettings } from '../settings.ts'
import { measuredOfJobs } from '../aws/measured.ts'
import { BackupCopiesStack, type BackupNeedsOnAws, BackupStack } from '../aws/stack.ts'

const topic = (severity: string): string => `arn:aws:sns:us-east-1:000000000000:trial-${severity}`

/** What the proofs are of: every resource that there can be. */
export const proven = {
  where: { name: 'trial', account: '000000000000', region: 'us-east-1' },
  settings: backupSettings.parse({}),
  needs: {
    database: {
      primary: 'trial-primary',
      subnets: 'trial-subnets',
      group: 'sg-0a1b2c3d',
      reader: 'trial-replica.example.com:5432',
      functions: {
        group: 'sg-4e5f6a7b',
        subnets: ['subnet-1', 'subnet-2'],
        database: 'app',
        user: 'edge_reader',
      },
    },
    copies: {
      vault: 'arn:aws:backup:us-west-2:000000000000:backup-vault:trial-copies',
      uploads: 'trial-uploads-copy',
    },
    alarms: alarmsAt(monitoringSettings.parse({}), measuredOfJobs).map((alarm): CallingAlarm => {
      const severity = severityOfAlarm(alarm)
      return { ...alarm, severity, topic: topic(severity) }
    }),
  },
} as const satisfies { settings: BackupSettings; needs: BackupNeedsOnAws } & Record<string, unknown>

/** The templates of both stacks: of the backups, and of their copies in the other region. */
export const templatesIn = (
  settings: BackupSettings = proven.settings,
  name: string = proven.where.name,
): Promise<Readonly<Record<'backup' | 'copies', TemplateContent>>> =>
  withFolder(async (outdir) => {
    const { account } = proven.where
    const [copies, backup] = templatesOf((app) => {
      const env = { account, region: 'us-east-1' }
      new BackupCopiesStack(app, 'trial-a-copies', { env: { account, region: 'us-west-2' }, name, settings })
      new BackupStack(app, 'trial-backup', { env, name, settings, ...proven.needs })
    }, outdir)
    return { backup: backup?.content ?? {}, copies: copies?.content ?? {} }
  })
