import { withFolder } from '../../../test/with-folder.ts'
import { type TemplateContent, templatesOf } from '../../../src/targets/aws/assembly.ts'
import { cdnAlarms } from '../../cdn/alarms.ts'
import { databaseAlarms } from '../../database/alarms.ts'
import { alarmsAt } from '../alarms.ts'
import { monitoringSettings } from '../settings.ts'
import { type MonitoringNeedsOnAws, MonitoringStack } from './stack.ts'

const shown = { region: 'us-east-1' }

/** What the proofs are of: every resource that there can be. */
export const proven: Omit<MonitoringNeedsOnAws, 'site'> & { readonly name: string } = {
  name: 'trial',
  called: { critical: ['ops@example.com', 'night@example.com'], warning: ['ops@example.com'] },
  watched: [
    ...alarmsAt(monitoringSettings.parse({}), databaseAlarms).map((alarm) => ({
      ...shown,
      alarm,
      namespace: 'AWS/RDS',
      dimensions: { DBInstanceIdentifier: 'trial-primary' },
    })),
    ...alarmsAt(monitoringSettings.parse({}), cdnAlarms).map((alarm) => ({
      ...shown,
      alarm,
      namespace: 'AWS/CloudFront',
      dimensions: { DistributionId: 'E1', Region: 'Global' },
    })),
  ],
}

export const provenTemplate = (): Promise<TemplateContent> =>
  withFolder(async (outdir) => {
    const [template] = templatesOf((app) => {
      new MonitoringStack(app, 'trial-monitoring', {
        env: { account: '000000000000', region: 'us-east-1' },
        ...proven,
      })
    }, outdir)
    return template?.content ?? {}
  })
