import { deployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { RoomOnAws } from '../../../src/targets/aws/room.ts'
import { monitoring } from '../guarantees.ts'
import type { MonitoringSettings } from '../settings.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'
import { checksOnAws } from './checks.ts'
import { type DeployedTopics, deployedTopics } from './outputs.ts'
import { monitoringProofs } from './proofs.ts'
import { siteOf } from './site.ts'
import { type MonitoringNeedsOnAws, MonitoringStack, publishers } from './stack.ts'
import { watchedInRegion } from './watched-functions.ts'
import { withIds } from './watched-ids.ts'

const withoutMetrics = 'an emulator has no additional metrics of CloudFront'

/** Monitoring on AWS: who is called, and what is shown; it is there before the stacks whose alarms call. */
const monitoringOnAws: RoomOnAws<
  typeof monitoring,
  MonitoringSettings,
  MonitoringNeedsOnAws,
  DeployedTopics,
  MonitoringEndpointOnAws
> = {
  component: 'monitoring',
  name: 'monitoring',
  title: 'Monitoring',
  region: 'configured',
  define: (app, { instance: name, stack, props }, { notify }, { called, watched, reminded, functions }) => {
    const { remindEvery } = notify
    new MonitoringStack(app, stack, { ...props, name, called, watched, reminded, functions, remindEvery })
  },
  provides: deployedTopics,
  lookBefore: async ({ account }, { called }) => {
    const { requireSecret } = await import('../../../src/targets/aws/look-for-secret.ts')
    return requireSecret(called.webhookSecret, account)
  },
  deletion: 'nobody is called then',
  guarantees: monitoring,
  endpoint: async (topics, { instance: name, stack, region }, { notify }, needs) => ({
    endpoint: {
      name,
      topics,
      publishers,
      watched: await withIds(needs.watched, { region }),
      functions: watchedInRegion(needs),
      called: needs.called,
      site: await siteOf(needs.site),
      deployed: await deployedStack(stack, { region }),
      proofs: monitoringProofs(name, { ...needs, remindEvery: notify.remindEvery }),
      component: 'monitoring',
    },
  }),
  checks: checksOnAws,
  notOnEmulator: {
    silence: 'an emulator measures nothing',
    hitRatio: withoutMetrics,
    originLatency: withoutMetrics,
  },
}

export const stacks = { monitoring: monitoringOnAws }
