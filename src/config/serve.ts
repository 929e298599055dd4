import { isIP } from 'node:net'
import { z } from 'zod'
import { field } from '../core/field.ts'
import { portField } from './ports.ts'

const address = "must be 'public', or an IP address of this machine"
const isAddress = (value: string): boolean => value === 'public' || isIP(value) !== 0
const path = z.string().min(1)
const letsEncrypt = 'https://acme-v02.api.letsencrypt.org/directory'

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
                    doc: 'Your own certificate; `edge up` and `edge deploy` copy it to where nginx may read it, and so does the agent each day if it may read the files.',
                    example: { certificate: 'fullchain.pem', key: 'key.pem' },
                  },
                ),
              }),
              z.strictObject({
                acme: field(
                  z.strictObject({
                    email: field(z.email(), {
                      doc: "Whom the authority writes to. With it you agree to the authority's terms of service.",
                      example: 'operations@example.com',
                    }),
                    directory: field(z.url({ protocol: /^https$/ }).default(letsEncrypt), {
                      doc: "Where the authority's ACME server begins; Let's Encrypt where nothing is said.",
                      example: 'https://ca.example.internal/acme/acme/directory',
                      source: 'ours',
                    }),
                    authority: field(path.optional(), {
                      doc: "Certificates of a private authority, in PEM form: the one that signs, and the one of its server's own TLS.",
                      example: '/etc/ssl/example/authority.pem',
                    }),
                  }),
                  {
                    doc: "Ordered from an authority (RFC 8555, HTTP-01) and renewed by the agent. Setting it is your consent to the authority's terms of service.",
                    example: { email: 'operations@example.com' },
                  },
                ),
              }),
            ],
            { error: "must be 'local', { files: { certificate, key } }, or { acme: { email } }" },
          )
          .default('local'),
        {
          doc: "Who signs the certificate: 'local' is the instance's own authority, which no browser knows; `files` are yours; `acme` is an authority that it is ordered from by itself, and that asks on port 80 of the domain.",
          example: { acme: { email: 'operations@example.com' } },
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
