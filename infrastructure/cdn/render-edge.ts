import { join } from 'node:path'
import type { Instance } from '../../src/core/instance.ts'
import { portSuffix } from '../../src/core/address.ts'
import { seconds } from '../../src/core/units.ts'
import type { NginxSockets } from '../../src/engines/nginx.ts'
import { agedName } from './classes.ts'
import { acmeFiles } from '../../src/targets/local/site-certificate.ts'
import { logTo } from './log-fields.ts'
import { cacheOf, quoted } from './render-origin.ts'
import { apiLocations } from './render-api.ts'
import type { CdnNeeds } from './needs.ts'
import { refusalLocations, refusalPages } from './render-refusals.ts'
import { apiPath, hiddenName, pageRules, type PageStyle } from './routing.ts'
import { type CdnSettings, contentSecurityPolicyOf, referrerPolicy } from './settings.ts'

const kept = `
    keepalive 64;
    keepalive_requests 100000;`

/** Whom the edge asks: the balancer before the API's processes (or an API that runs already), and the shield. */
export function upstreams(sockets: NginxSockets, { app }: CdnNeeds): string {
  const ofApi = app.api
    ? `  upstream api {
    # Never put aside: what was restarted a moment ago answers.
${app.api.upstreams.map((address) => `    server ${address} max_fails=0;`).join('\n')}${app.api.keepsConnections ? kept : ''}
  }`
    : '  # This site has no API.'
  return `${ofApi}
  upstream shield {
    server unix:${sockets.shield} max_fails=0;
    keepalive 16;
  }
  upstream store {
    server unix:${sockets.store} max_fails=0;
    keepalive 16;
  }`
}

/** The public server: TLS, the API's way through, and the first cache. */
export function edgeServer(instance: Instance, settings: CdnSettings, needs: CdnNeeds): string {
  const authority = authorityOf(instance, needs)
  const site = join(instance.state, 'site')
  return `  server {
${listens(instance.listen, `${instance.ports.https} ssl http2`)}
    server_name edge;

    ssl_certificate ${needs.tls.certificate};
    ssl_certificate_key ${needs.tls.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
    ssl_prefer_server_ciphers off;
    ssl_session_cache shared:tls:2m;
    ssl_session_timeout 1d;
    ssl_session_tickets off;

    # Set, not added: nginx answers a wrong range in two goes, and an added field would stay from the first.
    more_set_headers "Strict-Transport-Security: max-age=${seconds(settings.hsts)}";
    more_set_headers "Cache-Control: $static_cache" "X-Cache: $edge_result from edge";
    more_set_headers "X-Content-Type-Options: nosniff";

${needs.app.api ? apiLocations(instance, settings, authority, needs.app.api) : withoutApi(settings)}
${refusalLocations(settings.uploadLimit)}
    # Files that begin with a dot are nobody's business.
    location ~ ${hiddenName} {
${pageHeaders(settings)}
      return 404;
    }

    # What has an age of its own: while one visitor's request fetches it anew, the others get the copy before.
    location ~ ${quoted(agedName(settings.cache.hashedFolders))} {
${pageHeaders(settings)}
${readsOnly}
${fromShield(settings, '$static_vary')}
      proxy_cache_background_update on;
      proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;
    }

    # Pages and whatever must not be old: asked for anew, unless nobody answers.
    location / {
${pageHeaders(settings)}
${readsOnly}
${toPage(settings.pages, site)}
${fromShield(settings, settings.pages === 'app' ? '$page_vary' : '$static_vary')}
      proxy_cache_use_stale error timeout http_500 http_502 http_503 http_504;
    }

    location @down {
      internal;
      default_type text/html;
${pageHeaders(settings)}
      more_set_headers "Cache-Control: no-store" "Retry-After: 2";
      return 503 '<!doctype html><meta charset="utf-8"><title>One moment</title><p>The site is not available just now. Try again in a moment.</p>';
    }
  }`
}

const readsOnly = `      if ($reads_only = 0) {
        return 405;
      }`

const fromShield = (settings: CdnSettings, vary: string): string => `      ${logTo('files')}
      proxy_pass http://shield;
${cacheOf('edge')}
      # Copies that are asked for again and again stay open. One that was deleted on the disk must not be sent for long.
      open_file_cache max=1000 inactive=10s;
      open_file_cache_valid 1s;
      # nginx itself names no Vary for bodies that were compressed beforehand.
      more_set_headers "Vary: ${vary}";
      proxy_intercept_errors on;
      error_page 500 502 503 504 =503 @down;
      ${refusalPages(settings.uploadLimit).replaceAll('; ', ';\n      ')}`

/** The rule of routing.ts. The caches' key is formed after it: the purge of a file finds what its paths have left. */
function toPage(style: PageStyle, site: string): string {
  const rules = pageRules[style].map(({ path, adds }) => `      rewrite ${quoted(path)} \${uri}${adds} break;`)
  const ofApp = `      if ($names_a_file = 0) {
        set $route 1;
      }
      # A file of the release is sent by its own name, also where nobody knows its type; open tabs find their own.
      if (-f ${site}/live$uri) {
        set $route "";
      }
      if (-f ${site}/kept$uri) {
        set $route "";
      }
      if ($is_app_page) {
        rewrite ^ /index.html break;
      }`
  return style === 'app' ? ['      set $route "";', ...rules, ofApp].join('\n') : rules.join('\n')
}

/**
 * Browsers are told what a page may not do; on pages only, where the field is long. In each location of static files:
 * what stands before them all would take the place of what the API says of its own pages.
 */
function pageHeaders(settings: CdnSettings): string {
  const policy = contentSecurityPolicyOf(settings)
  return [
    `      more_set_headers "Referrer-Policy: ${referrerPolicy}";`,
    ...(policy === undefined ? [] : [`      more_set_headers -t text/html "Content-Security-Policy: ${policy}";`]),
    `      more_set_headers -t text/html "X-Frame-Options: ${settings.frames}";`,
  ].join('\n')
}

function withoutApi(settings: CdnSettings): string {
  return `    location ~ ${apiPath} {
${pageHeaders(settings)}
      return 404;
    }
`
}

/** Leads everything to the public server, but for what an authority asks before it signs a certificate. */
export function redirectServer(instance: Instance, settings: CdnSettings, needs: CdnNeeds): string {
  const { tls } = needs
  // The site's own name, whatever name was asked for: who makes that up leads nobody astray.
  const site = `https://${authorityOf(instance, needs)}`
  return `  server {
${listens(instance.listen, String(instance.ports.http))}
    server_name redirect;
${refusalLocations(settings.uploadLimit)}
${tls.acme ? challengeLocation(acmeFiles(instance.state).challenges) : ''}
    location / {
      # 301 lets a client turn a POST into a GET; 308 does not.
      if ($reads_only) {
        return 301 ${site}$request_uri;
      }
      return 308 ${site}$request_uri;
    }
  }`
}

const challengeLocation = (folder: string): string => `
    location ^~ /.well-known/acme-challenge/ {
      alias ${folder}/;
      default_type text/plain;
    }
`

/** Name and port of the site, as visitors write them. */
const authorityOf = ({ ports }: Instance, { domain }: CdnNeeds): string =>
  `${domain}${portSuffix('https', ports.https)}`

/** The configured address, and loopback always: the readiness probe and an operator on the machine ask there. */
function listens(configured: string, port: string): string {
  const every: Readonly<Record<string, readonly string[]>> = { '0.0.0.0': ['0.0.0.0'], '::': ['0.0.0.0', '::'] }
  const addresses = every[configured] ?? [...new Set([configured, '127.0.0.1'])]
  return addresses.map((one) => `    listen ${one.includes(':') ? `[${one}]` : one}:${port};`).join('\n')
}
