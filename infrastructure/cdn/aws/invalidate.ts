import { CloudFrontClient, CreateInvalidationCommand, GetInvalidationCommand } from '@aws-sdk/client-cloudfront'
import { OperatorError } from '../../../src/core/errors.ts'
import type { World } from '../../../src/core/world.ts'

/** When it is, and how long it is waited. */
export type Clock = Pick<World, 'now' | 'signal' | 'sleep'>

const invalidatedWithinMs = 600_000
const pollEveryMs = 2000
/** So many paths are named one by one; more are one star, which costs as much as one path (CloudFront's price list). */
const mostPaths = 15

/** Makes CloudFront forget what it has of these paths, everywhere. */
export async function invalidate(
  distribution: string,
  region: string,
  stale: readonly string[],
  reference: string,
  world: Clock,
): Promise<void> {
  if (stale.length === 0) return
  const client = new CloudFrontClient({ region })
  const paths = stale.length > mostPaths ? ['/*'] : [...new Set(['/', ...stale])]
  const { Invalidation: made } = await client.send(
    new CreateInvalidationCommand({
      DistributionId: distribution,
      InvalidationBatch: {
        CallerReference: `${reference}-${Date.now()}`,
        Paths: { Quantity: paths.length, Items: paths },
      },
    }),
  )
  await untilForgotten(client, { DistributionId: distribution, Id: made?.Id }, world)
}

/** The SDK's own waiter takes a refusal for "not yet", and goes on for seconds after it was told to stop. */
async function untilForgotten(
  client: CloudFrontClient,
  which: { readonly DistributionId: string; readonly Id: string | undefined },
  { now, signal, sleep }: Clock,
): Promise<void> {
  const until = now().getTime() + invalidatedWithinMs
  for (;;) {
    const { Invalidation: found } = await client.send(new GetInvalidationCommand(which), { abortSignal: signal })
    if (found?.Status === 'Completed') return
    if (now().getTime() > until) {
      throw new OperatorError(
        which.DistributionId,
        'CloudFront still serves files of the release before from its caches',
        [
          `it was waited for ${invalidatedWithinMs / 60_000} minutes; the files of the new one are all in place`,
          'run this again: it tells CloudFront anew, and waits',
        ],
      )
    }
    await sleep(pollEveryMs)
  }
}
