import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appAt, type TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { duration } from '../../../src/core/units.ts'
import { alarmsAt } from '../../monitoring/alarms.ts'
import { severityOfAlarm } from '../../monitoring/severity.ts'
import { monitoringSettings } from '../../monitoring/settings.ts'
import { cdnAlarms } from '../alarms.ts'
import { cdnSettings } from '../settings.ts'
import { provenSite } from '../aws/proofs.ts'
import { CdnStack } from '../aws/stack.ts'

export const urgentAlarms = alarmsAt(monitoringSettings.parse({}), cdnAlarms).map((alarm) => ({
  ...alarm,
  severity: severityOfAlarm(alarm),
}))

/** The template that the proofs are of. */
export async function provenTemplate(): Promise<TemplateContent> {
  const outdir = await mkdtemp(join(tmpdir(), 'edge-proofs-'))
  try {
    const app = appAt({ outdir })
    const { domain, certificate, api, called, remindEvery } = provenSite
    const stack = new CdnStack(app, 'Cdn', {
      env: { account: '000000000000', region: 'us-east-1' },
      name: 'trial',
      settings: cdnSettings.parse({}),
      own: { domain, certificate },
      api: { url: new URL(api), timeout: duration('60 seconds') },
      alarms: urgentAlarms,
      called,
      remindEvery,
    })
    // Any to CDK, which has just written it: the sections of a template by their names.
    return app.synth().getStackByName(stack.stackName).template as TemplateContent
  } finally {
    await rm(outdir, { recursive: true, force: true })
  }
}
