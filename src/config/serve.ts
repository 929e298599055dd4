import { isIP } from 'node:net'
import { z } from 'zod'
import { field } from '../core/field.ts'
import { portField } from './ports.ts'

const address = "must be 'public', or an IP address of this machine"
const isAddress = (value: string): boolean => value === 'public' || isIP(value) !== 0
const path = z.string().min(1)

/** How visitors reach the site: its name, its ports, the address that they come in at, and its certificate. */
export const serveSettings = field(
  z
    .strictObject({
      domain: field(
        z
          .string()
          .regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/, {
            error: 'must be a host name in lower case, without https:// and without a path',
          })
          .default('localhost'),
        {
          doc: 'The name that visitors type. The certificate must be made out to it.',
          example: 'www.example.com',
          source: 'ours',
        },
      ),
      https: portField(8443, 'The site; 443 for visitors from outside.'),
      http: portField(8080, 'Sends visitors on to HTTPS; 80 for visitors from outside.'),
      listen: field(z.string().refine(isAddress, address).default('127.0.0.1'), {
        doc: "Address that the site listens on; 'public' is every one. All else listens on 127.0.0.1, whatever stands here.",
        example: 'public',
        source: 'ours',
      }),
      certificate: field(
        z
          .union(
            [
              z.literal('local'),
              z.strictObject({
                files: field(
                  z.strictObject({
                    certificate: field(path, {
                      doc: 'The certificate in PEM form, with the chain behind it.',
                      example: '/etc/ssl/example/fullchain.pem',
                    }),
                    key: field(path, {
                      doc: 'Its private key in PEM form, without a password.',
                      example: '/etc/ssl/example/key.pem',
                    }),
                    authority: field(path.optional(), {
                      doc: 'The authority that signed it, where machines do not know it by themselves.',
                      example: '/etc/ssl/example/authority.pem',
                    }),
                  }),
                  {
                    doc: 'Your own certificate; `edge up` and `edge deploy` copy it to where nginx may read it.',
                    example: { certificate: 'fullchain.pem', key: 'key.pem' },
                  },
                ),
              }),
            ],
            { error: "must be 'local', or { files: { certificate, key } }" },
          )
          .default('local'),
        {
          doc: "Who signs the certificate: 'local' is the instance's own authority, which no browser knows; or files of yours.",
          example: { files: { certificate: '/etc/ssl/example/fullchain.pem', key: '/etc/ssl/example/key.pem' } },
          source: 'ours',
        },
      ),
    })
    .prefault({}),
  {
    doc: 'How visitors reach the site.',
    example: { domain: 'www.example.com', http: 80, https: 443, listen: 'public' },
  },
)

export type ServeSettings = z.output<typeof serveSettings>
