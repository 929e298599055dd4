import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { broken, declared, kept } from '../../../src/core/check.ts'
import { clientOf } from '../../../test/emulator-client.ts'
import { listen } from '../../../test/listen.ts'
import { testWorld } from '../../../test/world.ts'
import { onAdditionalFigures } from './check-subscription.ts'
import type { MonitoringEndpointOnAws } from './endpoint.ts'

/** CloudFront's answer. */
let answer: readonly [status: number, body: string] = [500, '']
const asked: string[] = []
const cloudFront = createServer(({ url = '' }, response) => {
  asked.push(url)
  response.writeHead(answer[0], { 'content-type': 'text/xml' }).end(answer[1])
})
let endpoint: MonitoringEndpointOnAws
beforeAll(async () => {
  const client = clientOf(`http://127.0.0.1:${await listen(cloudFront)}`)
  // Of all that the alarms look at, this looks at the site alone.
  endpoint = { site: { client, distribution: 'E1' } } as MonitoringEndpointOnAws
})
afterAll(() => void cloudFront.close())

const subscribed = (status: string) =>
  `<MonitoringSubscription xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><RealtimeMetricsSubscriptionConfig><RealtimeMetricsSubscriptionStatus>${status}</RealtimeMetricsSubscriptionStatus></RealtimeMetricsSubscriptionConfig></MonitoringSubscription>`
const none =
  '<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error><Type>Sender</Type><Code>NoSuchMonitoringSubscription</Code><Message>none</Message></Error></ErrorResponse>'
const good = kept(declared({ alarm: 'trial' }))
const off = expect.objectContaining({
  is: 'broken',
  because: expect.stringContaining('the additional metrics of E1 are Disabled'),
})
const { world } = testWorld()

it.each([
  ['are on', 200, subscribed('Enabled'), good],
  ['are off', 200, subscribed('Disabled'), off],
  ['were never asked for', 404, none, off],
])(
  'an alarm on a figure of CloudFront’s additional metrics is what it is where they %s',
  async (_, status, body, says) => {
    answer = [status, body]
    asked.length = 0
    expect(await onAdditionalFigures(async () => good)(endpoint, world)).toEqual(says)
    expect(asked).toEqual([expect.stringContaining('/distributions/E1/monitoring-subscription')])
  },
)

it('the metrics are not asked for where the alarm is broken itself', async () => {
  asked.length = 0
  const seen = broken(declared({}), 'is switched off', 'next')
  expect(await onAdditionalFigures(async () => seen)(endpoint, world)).toBe(seen)
  expect(asked).toEqual([])
})

it('another refusal is no answer', async () => {
  answer = [403, none.replace('NoSuchMonitoringSubscription', 'AccessDenied')]
  await expect(onAdditionalFigures(async () => good)(endpoint, world)).rejects.toMatchObject({ name: 'AccessDenied' })
})
