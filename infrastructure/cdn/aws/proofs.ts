import { alarmProofs } from './proofs-alarms.ts'
import { siteProofs } from './proofs-site.ts'
import { duration } from '../../../src/core/units.ts'
import { severities } from '../../../src/core/severity.ts'
import { callProof, waitsProof } from '../../../src/targets/aws/call-proof.ts'
import { functionAlarmProofs } from '../../../src/targets/aws/function-alarm-proof.ts'
import { alarmsOfFunctions } from '../../../src/core/own-function.ts'
import { siteFunctions } from './own-functions.ts'
import { remindProofs } from '../../../src/targets/aws/remind-proof.ts'
import { topicProofs } from '../../../src/targets/aws/topic-proof.ts'
import { resourceFor } from '../../../src/targets/aws/topics.ts'
import { webhookProofs } from '../../../src/targets/aws/webhook-proof.ts'
import { cdnSettings } from '../settings.ts'
import type { Proof } from './proof.ts'

/** The configuration that the proofs are of: every resource that there can be. */
export const provenSite = {
  domain: 'www.example.com',
  certificate: 'arn:aws:acm:us-east-1:000000000000:certificate/0a1b2c3d',
  api: 'https://api.example.com',
  remindEvery: duration('4 hours'),
  called: {
    critical: ['ops@example.com', 'night@example.com'],
    warning: ['ops@example.com'],
    webhookSecret: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:webhook-0a1b2c',
  },
} as const

/** As the function reads them: what calls, and for which alarms. */
const reminded = {
  critical: { caller: 'trial-site-critical', alarms: ['trial-monitoring.cdnErrors'] },
  warning: {
    caller: 'trial-site-warning',
    alarms: ['trial-monitoring.hitRatio', 'trial-monitoring.originLatency'],
  },
}

/** Each of these calls by itself. */
const remindedOfFunctions = {
  critical: { alarms: ['trial-site-webhook.errors'] },
  warning: {
    alarms: ['trial-site-reminders.errors', 'trial-site-reminders.silent', 'trial-site-remind-every.rule'],
  },
}

const { domain, certificate, api } = provenSite

export const cdnProofs: readonly Proof[] = [
  ...siteProofs({
    name: 'trial',
    account: '000000000000',
    settings: cdnSettings.parse({}),
    own: { domain, certificate },
    api: { url: new URL(api), timeout: duration('60 seconds') },
  }),
  ...alarmProofs,
  callProof('warning', {
    name: 'trial-site',
    topic: 'Warning',
    resources: ['monitoringhitRatio', 'monitoringoriginLatency'],
    alarms: [
      { name: 'hitRatio', runbook: 'hit-ratio.md' },
      { name: 'originLatency', runbook: 'origin-latency.md' },
    ],
  }),
  waitsProof('monitoringcdnErrors'),
  ...remindProofs('trial-site', {
    instance: 'trial',
    alarms: JSON.stringify([reminded, remindedOfFunctions]),
    every: provenSite.remindEvery,
  }),
  ...functionAlarmProofs(
    'trial',
    alarmsOfFunctions(siteFunctions({ hasWebhook: true })).map((alarm) => ({
      ...alarm,
      topic: resourceFor(alarm.severity),
    })),
  ),
  ...severities.flatMap((severity) =>
    topicProofs('trial-site', severity, { called: provenSite.called, publishers: { rules: false } }),
  ),
  ...webhookProofs('trial-site', provenSite.called.webhookSecret),
]
