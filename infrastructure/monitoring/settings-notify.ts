import { z } from 'zod'
import { field, time } from '../../src/core/field.ts'

const path = z.string().startsWith('/', 'must be an absolute path')

const optionalFile = (doc: string, example: string) => field(path.optional(), { doc, example })

/** The secret itself would stand in the configuration, which lies in git. */
const secretFile = (doc: string, example: string) => field(path, { doc, example })

const authority = (example: string) =>
  optionalFile('The authority of its certificate, where the machine does not know it.', example)

/** Who is told when something rings. */
export const notifySettings = z
  .strictObject({
    email: field(
      z
        .strictObject({
          server: field(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'must be HOST:PORT'), {
            doc: 'The mail server that takes the messages, with its port.',
            example: 'smtp.example.com:587',
          }),
          from: field(z.email(), { doc: 'Whom the messages are from.', example: 'edge@example.com' }),
          to: field(z.array(z.email()).min(1), { doc: 'Who gets them.', example: ['oncall@example.com'] }),
          user: field(z.string().min(1).optional(), {
            doc: 'The name to sign in with. Without it nobody signs in.',
            example: 'edge',
          }),
          passwordFile: optionalFile(
            "A file with the password alone, which the engines' user may read.",
            '/etc/edge/smtp-password',
          ),
          starttls: field(z.boolean().default(true), {
            doc: 'Whether the mail server has to offer STARTTLS.',
            example: true,
            source: 'ours',
          }),
          ca: authority('/etc/edge/mail-ca.crt'),
        })
        .optional(),
      {
        doc: 'Who is told by e-mail.',
        example: { server: 'smtp.example.com:587', from: 'edge@example.com', to: ['oncall@example.com'] },
      },
    ),
    webhooks: field(
      z
        .array(
          z.strictObject({
            url: field(
              z.url({ protocol: /^https?$/, error: 'must be an address that begins with https:// or http://' }),
              {
                doc: 'Where the messages go.',
                example: 'https://hooks.example.com/edge',
              },
            ),
            ca: authority('/etc/edge/hooks-ca.crt'),
          }),
        )
        .default([]),
      {
        doc: 'Addresses that get each message as JSON by POST.',
        example: [{ url: 'https://hooks.example.com/edge' }],
        source: 'ours',
      },
    ),
    slack: field(
      z
        .array(
          z.strictObject({
            urlFile: secretFile(
              "A file with the address of the incoming webhook alone, which the engines' user may read.",
              '/etc/edge/slack-url',
            ),
            ca: authority('/etc/edge/slack-ca.crt'),
          }),
        )
        .default([]),
      {
        doc: 'Channels of Slack, or of what takes its webhooks (Mattermost, Rocket.Chat), that get each message.',
        example: [{ urlFile: '/etc/edge/slack-url' }],
        source: 'ours',
      },
    ),
    pagerDuty: field(
      z
        .array(
          z.strictObject({
            routingKeyFile: secretFile(
              "A file with the integration's key alone (Events API v2), which the engines' user may read.",
              '/etc/edge/pagerduty-key',
            ),
            url: field(
              z
                .url({ protocol: /^https$/, error: 'must be an address that begins with https://' })
                .default('https://events.pagerduty.com/v2/enqueue'),
              {
                doc: 'Where its events are taken.',
                example: 'https://events.eu.pagerduty.com/v2/enqueue',
                source: 'ours',
              },
            ),
            ca: authority('/etc/edge/pagerduty-ca.crt'),
          }),
        )
        .default([]),
      {
        doc: 'Services of PagerDuty, or of what takes its events, that page somebody: one incident for all that rings at one time.',
        example: [{ routingKeyFile: '/etc/edge/pagerduty-key' }],
        source: 'ours',
      },
    ),
    remindEvery: field(time({ atLeast: '5 minutes' }).prefault('4 hours'), {
      doc: 'What still rings is sent again after this time.',
      example: '4 hours',
      source: 'ours',
    }),
  })
  .prefault({})
