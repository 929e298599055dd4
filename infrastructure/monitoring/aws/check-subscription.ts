import {
  CloudFrontClient,
  GetMonitoringSubscriptionCommand,
  NoSuchMonitoringSubscription,
} from '@aws-sdk/client-cloudfront'
import { broken, type Check } from '../../../src/core/check.ts'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'

/** An alarm on one of the figures that CloudFront has only of a distribution whose additional metrics are on. */
export const onAdditionalFigures =
  (alarm: Check<MonitoringEndpointOnAws>): Check<MonitoringEndpointOnAws> =>
  async (endpoint, world) => {
    const seen = await alarm(endpoint, world)
    if (seen.is !== 'kept' || 'missing' in endpoint.site) return seen
    const { client, distribution } = endpoint.site
    const state = await stateOf(client, distribution)
    if (state === 'Enabled') return seen
    return broken(
      seen.evidence,
      `the additional metrics of ${distribution} are ${state}: the alarm looks at a figure that nobody measures`,
      'edge deploy cdn --target aws --revert-drift switches them on again',
    )
  }

/** In the words of CloudFront. */
async function stateOf(client: ClientSettings, DistributionId: string): Promise<string> {
  const asked = new GetMonitoringSubscriptionCommand({ DistributionId })
  return new CloudFrontClient(client).send(asked).then(
    ({ MonitoringSubscription: found }) =>
      found?.RealtimeMetricsSubscriptionConfig?.RealtimeMetricsSubscriptionStatus ?? 'Disabled',
    (error: unknown) => {
      if (error instanceof NoSuchMonitoringSubscription) return 'Disabled'
      throw error
    },
  )
}
