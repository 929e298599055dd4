import { join } from 'node:path'
import { portSuffix } from '../../src/core/address.ts'
import type { Instance } from '../../src/core/instance.ts'
import { nginxSockets } from '../../src/engines/nginx.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import type { SiteTls } from '../../src/targets/local/site-certificate.ts'
import type { Edge } from './releases/publish.ts'

/** The edge answers here always, whatever else it listens on. */
export const loopback = '127.0.0.1'

/** The site of an instance: its addresses, where its releases lie, and the edge that serves them. */
export type Site = { readonly https: string; readonly http: string; readonly site: string; readonly edge: Edge }

export function siteOf(instance: Instance, { domain, tls }: { readonly domain: string; readonly tls: SiteTls }): Site {
  const { state, ports } = instance
  const https = `https://${domain}${portSuffix('https', ports.https)}`
  const http = `http://${domain}${portSuffix('http', ports.http)}`
  const sockets = nginxSockets(instance)
  return {
    https,
    http,
    site: join(state, 'site'),
    edge: {
      endpoint: {
        https,
        connectTo: loopback,
        ...(tls.ca === undefined ? {} : { ca: tls.ca }),
        // What is shown until one is ordered: a release is published meanwhile as well.
        ...(tls.acme === undefined ? {} : { alsoTrusted: tlsFiles(state).ca }),
      },
      sockets,
    },
  }
}
