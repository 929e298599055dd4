import { stringify } from 'yaml'
import { alivePath } from '../../src/core/alive.ts'
import { clientTls, type MutualTls } from '../../src/engines/mutual-tls.ts'
import { aliveRule } from './render-rules.ts'
import type { MonitoringSettings } from './settings.ts'

const receiver = 'everybody'
/** Whoever takes the alarm that always rings; of a kind that nobody else is of, so that it is counted by itself. */
export const aliveReceiver = { name: 'alive', kind: 'slack' } as const

const message = `{{ range .Alerts }}{{ .Status | toUpper }}: {{ .Annotations.says }}
  {{ .Annotations.means }}
  Measured: {{ .Annotations.value }}
  Since: {{ .StartsAt }}{{ if eq .Status "resolved" }}, until {{ .EndsAt }}{{ end }}
  Look: {{ .Annotations.look }}
  Runbook: docs/runbooks/{{ .Annotations.runbook }}

{{ end }}`

/** alertmanager.yml, whole: one route that leads everybody all alarms. `inbox`: where the instance itself is told. */
export function alertmanagerConfiguration(
  name: string,
  { notify, heartbeat }: Pick<MonitoringSettings, 'notify' | 'heartbeat'>,
  tls: MutualTls,
  inbox: string,
): string {
  const { email, webhooks, remindEvery } = notify
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
              ...(ca === undefined ? {} : { http_config: { tls_config: { ca_file: ca } } }),
            })),
          ],
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
                  headers: {
                    Subject: `[${name}] {{ .Status | toUpper }}: {{ range .Alerts }}{{ .Labels.alertname }} {{ end }}`,
                  },
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
                    api_url: new URL(alivePath, inbox).href,
                    channel: aliveReceiver.name,
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
