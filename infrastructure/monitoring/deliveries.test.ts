import { expect, it } from 'vitest'
import { deliveriesIn, isLost, missingIn, sendsSoSinceIn, toldBy } from './deliveries.ts'

const routes = `
receivers:
  - name: everybody
    webhook_configs: [{ url: 'https://127.0.0.1:1/' }, { url: 'https://127.0.0.1:2/' }]
    email_configs: [{ to: oncall@example.com }]
`

type Figures = { readonly begun: number; readonly lost: number; readonly attempts: number; readonly refused: number }

const pageOf = ({ begun, lost, attempts, refused }: Figures): string => `
alertmanager_notifications_total{integration="webhook"} ${begun}
alertmanager_notifications_total{integration="email"} 1
alertmanager_notifications_failed_total{integration="webhook"} ${lost}
alertmanager_notifications_failed_total{integration="email"} 0
alertmanager_notification_requests_total{integration="webhook"} ${attempts}
alertmanager_notification_requests_total{integration="email"} 1
alertmanager_notification_requests_failed_total{integration="webhook"} ${refused}
alertmanager_notification_requests_failed_total{integration="email"} 0
`
const before = deliveriesIn('', routes)
const after = (figures: Figures) => deliveriesIn(pageOf(figures), routes)

it('has a message delivered when each receiver took it, also at the second attempt', () => {
  expect(missingIn(before, after({ begun: 2, lost: 0, attempts: 2, refused: 0 }))).toEqual([])
  expect(missingIn(before, after({ begun: 2, lost: 0, attempts: 3, refused: 1 }))).toEqual([])
})

it('does not take two messages to the inbox for one to each of two webhooks', () => {
  const refusing = after({ begun: 4, lost: 2, attempts: 4, refused: 2 })
  expect(missingIn(before, refusing)).toEqual(['webhook (2 refused, of 2 receivers)'])
  expect(isLost(before, refusing)).toBe(true)
})

it('waits for a webhook that does not answer', () => {
  const hanging = after({ begun: 4, lost: 0, attempts: 3, refused: 1 })
  expect(missingIn(before, hanging)).toEqual(['webhook (still tried at 2 of 2 receivers)'])
  expect(isLost(before, hanging)).toBe(false)
})

it('counts what was refused before as nothing of this message', () => {
  const earlier = after({ begun: 2, lost: 1, attempts: 2, refused: 1 })
  const now = after({ begun: 4, lost: 1, attempts: 4, refused: 1 })
  expect([missingIn(earlier, now).filter((one) => one.startsWith('webhook')), isLost(earlier, now)]).toEqual([
    [],
    false,
  ])
})

it('says so where nothing was sent', () => {
  expect(missingIn(before, before)).toContain('email (nothing was sent to some of 1 receiver)')
})

it('calls the one webhook that everybody has an inbox: nobody elsewhere was told by it', () => {
  const counts = { receivers: 1, taken: 1, lost: 0, onTheirWay: 0 }
  expect(toldBy({ webhook: counts })).toEqual(['inbox'])
  expect(toldBy({ webhook: { ...counts, receivers: 2 }, email: counts })).toEqual(['inbox', 'webhook', 'email'])
})

it('says since when messages go the way that they go now', () => {
  const page = 'alertmanager_config_last_reload_success_timestamp_seconds 1.7698896e+09\n'
  expect(sendsSoSinceIn(`${pageOf({ begun: 1, lost: 0, attempts: 1, refused: 0 })}${page}`)).toEqual(
    new Date('2026-01-31T20:00:00Z'),
  )
  expect(sendsSoSinceIn('')).toEqual(new Date(0))
})
