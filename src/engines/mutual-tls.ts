import { stringify } from 'yaml'
import type { RenderedFile } from '../core/plan.ts'

/** An instance's own authority, and the certificate by which its programs know each other, both ways. */
export type MutualTls = { readonly ca: string; readonly certificate: string; readonly key: string }

/**
 * Prometheus and all around it know no users of their own. With this file they let in who shows a certificate of this
 * instance, whose key only the engines' user may read.
 */
export const webConfiguration = (path: string, { ca, certificate, key }: MutualTls): RenderedFile => ({
  path,
  content: stringify({
    tls_server_config: {
      cert_file: certificate,
      key_file: key,
      client_ca_file: ca,
      client_auth_type: 'RequireAndVerifyClientCert',
    },
  }),
})

/** How Prometheus and Alertmanager come to such a door. */
export const clientTls = ({ ca, certificate, key }: MutualTls) => ({
  ca_file: ca,
  cert_file: certificate,
  key_file: key,
})
