import { stringify } from 'yaml'
import { alivePath } from '../../src/core/alive.ts'
import { clientTls, type MutualTls } from '../../src/engines/mutual-tls.ts'
import { aliveReceiver } from './own-receivers.ts'
import { aliveRule } from './render-rules.ts'
import type { MonitoringSettings } from './settings.ts'

const receiver = 'everybody'

const message = `{{ range .Alerts }}{{ .Status | toUpper }}: {{ .Annotations.says }}
  {{ .Annotations.means }}
  Measured: {{ .Annotations.value }}
  Since: {{ .StartsAt }}{{ if eq .Status "resolved" }}, until {{ .EndsAt }}{{ end }}
  Look: {{ .Annotations.look }}
  Runbook: docs/runbooks/{{ .Annotations.runbook }}

{{ end }}`

const titleOf = (name: string): string =>
  `[${name}] {{ .Status | toUpper }}: {{ range .Alerts }}{{ .Labels.alertname }} {{ end }}`

const trusting = (ca: string | undefined): object =>
  ca === undefined ? {} : { http_config: { tls_config: { ca_file: ca } } }

/** A list of receivers of one kind; no word of the kind where there is none. */
const several = <Given>(name: string, given: readonly Given[], render: (one: Given) => object): object =>
  given.length === 0 ? {} : { [name]: given.map((one) => render(one)) }

/** alertmanager.yml, whole: one route that leads everybody all alarms. `inbox`: where the instance itself is told. */
export function alertmanagerConfiguration(
  name: string,
  { notify, heartbeat }: Pick<MonitoringSettings, 'notify' | 'heartbeat'>,
  tls: MutualTls,
  inbox: string,
): string {
  const { email, webhooks, slack, pagerDuty, remindEvery } = notify
  return stringify(
    {
      route: {
        receiver,
        // One outage is one message, whatever it makes ring.
        group_by: ['edge'],
        group_wait: '5s',
        group_interval: '15s',
        repeat_interval: `${remindEvery.milliseconds / 1000}s`,
        ...(heartbeat
          ? {
              routes: [
                {
                  receiver: aliveReceiver.name,
                  matchers: [`alertname="${aliveRule.alert}"`],
                  group_wait: '0s',
                  group_interval: '30s',
                  // Due at each second look at the group: once a minute.
                  repeat_interval: '55s',
                },
              ],
            }
          : {}),
      },
      receivers: [
        {
          name: receiver,
          webhook_configs: [
            { url: inbox, send_resolved: true, http_config: { tls_config: clientTls(tls) } },
            ...webhooks.map(({ url, ca }) => ({
              url,
              send_resolved: true,
              ...trusting(ca),
            })),
          ],
          ...several('slack_configs', slack, ({ urlFile, ca }) => ({
            api_url_file: urlFile,
            send_resolved: true,
            title: titleOf(name),
            text: message,
            ...trusting(ca),
          })),
          ...several('pagerduty_configs', pagerDuty, ({ routingKeyFile, url, ca }) => ({
            routing_key_file: routingKeyFile,
            url,
            send_resolved: true,
            description: titleOf(name),
            details: { alarms: message },
            ...trusting(ca),
          })),
          ...(email
            ? {
                email_configs: email.to.map((to) => ({
                  to,
                  from: email.from,
                  smarthost: email.server,
                  send_resolved: true,
                  // There all is encrypted from the first byte on, and nobody offers STARTTLS.
                  require_tls: email.starttls && !email.server.endsWith(':465'),
                  ...(email.user === undefined ? {} : { auth_username: email.user, auth_identity: email.user }),
                  ...(email.passwordFile === undefined ? {} : { auth_password_file: email.passwordFile }),
                  ...(email.ca === undefined ? {} : { tls_config: { ca_file: email.ca } }),
                  headers: { Subject: titleOf(name) },
                  html: '',
                  text: message,
                })),
              }
            : {}),
        },
        ...(heartbeat
          ? [
              {
                name: aliveReceiver.name,
                [`${aliveReceiver.kind}_configs`]: [
                  {
                    webhook_url: new URL(alivePath, inbox).href,
                    send_resolved: false,
                    http_config: { tls_config: clientTls(tls) },
                  },
                ],
              },
            ]
          : []),
      ],
    },
    { aliasDuplicateObjects: false, lineWidth: 0 },
  )
}
