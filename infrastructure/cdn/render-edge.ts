import type { Instance } from '../../src/core/instance.ts'
import { portSuffix } from '../../src/core/address.ts'
import { seconds, show } from '../../src/core/units.ts'
import type { NginxSockets } from '../../src/engines/nginx.ts'
import { agedName } from './classes.ts'
import { acmeFiles } from '../../src/targets/local/site-certificate.ts'
import { logTo } from './log-fields.ts'
import { cacheOf, quoted } from './render-origin.ts'
import type { CdnNeeds } from './needs.ts'
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

${apiLocations(settings, needs)}
    # Files that begin with a dot are nobody's business.
    location ~ ${hiddenName} {
${pageHeaders(settings)}
      return 404;
    }

    # What has an age of its own: while one visitor's request fetches it anew, the others get the copy before.
    location ~ ${quoted(agedName(settings.cache.hashedFolders))} {
${pageHeaders(settings)}
${readsOnly}
${fromShield}
      proxy_cache_background_update on;
      proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;
    }

    # Pages and whatever must not be old: asked for anew, unless nobody answers.
    location / {
${pageHeaders(settings)}
${readsOnly}
${toPage(settings.pages)}
${fromShield}
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

const fromShield = `      ${logTo('files')}
      proxy_pass http://shield;
${cacheOf('edge')}
      # Copies that are asked for again and again stay open. One that was deleted on the disk must not be sent for long.
      open_file_cache max=1000 inactive=10s;
      open_file_cache_valid 1s;
      # nginx itself names no Vary for bodies that were compressed beforehand.
      more_set_headers "Vary: $static_vary";
      proxy_intercept_errors on;
      error_page 500 502 503 504 =503 @down;`

/** The rule of routing.ts. The caches' key is formed after it: the purge of a file finds what its paths have left. */
function toPage(style: PageStyle): string {
  const rules = pageRules[style].map(({ path, adds }) => `      rewrite ${quoted(path)} \${uri}${adds} break;`)
  const navigations = `      if ($is_app_route) {
        rewrite ^ /index.html break;
      }`
  return [...rules, ...(style === 'app' ? [navigations] : [])].join('\n')
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

/** What an API answers with that compression makes smaller, beside HTML; no stream of events, which would be held back. */
const apiTypes = [
  'application/json',
  'application/problem+json',
  'application/ld+json',
  'application/geo+json',
  'application/xml',
  'application/javascript',
  'image/svg+xml',
  'text/plain',
  'text/css',
  'text/csv',
  'text/javascript',
  'text/xml',
].join(' ')

function apiLocations(settings: CdnSettings, { app }: CdnNeeds): string {
  if (!app.api) {
    return `    location ~ ${apiPath} {
${pageHeaders(settings)}
      return 404;
    }
`
  }
  return `    location ~ ${apiPath} {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "${app.api.keepsConnections ? '' : 'close'}";
      proxy_set_header Host $http_host;
      proxy_set_header X-Request-Id $edge_request_id;
      # Set, not appended: what a client claims about its address is worth nothing.
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_connect_timeout 2s;
      # As long as CloudFront waits for an origin by default: an app meets one bound, here and there.
      proxy_read_timeout 30s;
      proxy_next_upstream error timeout;

      # Whatever the API says of it, an answer of the API is kept nowhere.
      more_set_headers "Cache-Control: no-store";
      more_clear_headers Expires;

      gzip on;
      gzip_min_length 256;
      gzip_types ${apiTypes};
      gzip_vary on;
      brotli on;
      brotli_comp_level 4;
      brotli_min_length 256;
      brotli_types ${apiTypes};

      error_page 502 504 =503 @api_down;
      error_page 413 @api_too_large;
    }

    location @api_down {
      internal;
      default_type application/json;
      more_set_headers "Cache-Control: no-store" "Retry-After: 2";
      return 503 '{"error":{"code":"unavailable","message":"The service is not available just now. Try again in a moment."}}';
    }

    location @api_too_large {
      internal;
      default_type application/json;
      more_set_headers "Cache-Control: no-store";
      return 413 '{"error":{"code":"too_large","message":"The request is larger than ${show(settings.uploadLimit)}."}}';
    }
`
}

/** Leads everything to the public server, but for what an authority asks before it signs a certificate. */
export function redirectServer(instance: Instance, { tls }: CdnNeeds): string {
  const port = portSuffix('https', instance.ports.https)
  return `  server {
${listens(instance.listen, String(instance.ports.http))}
    server_name redirect;
${tls.acme ? challengeLocation(acmeFiles(instance.state).challenges) : ''}
    location / {
      # 301 lets a client turn a POST into a GET; 308 does not.
      if ($reads_only) {
        return 301 https://$host${port}$request_uri;
      }
      return 308 https://$host${port}$request_uri;
    }
  }`
}

const challengeLocation = (folder: string): string => `
    location ^~ /.well-known/acme-challenge/ {
      alias ${folder}/;
      default_type text/plain;
    }
`

/** The configured address, and loopback always: the readiness probe and an operator on the machine ask there. */
function listens(configured: string, port: string): string {
  const every: Readonly<Record<string, readonly string[]>> = { '0.0.0.0': ['0.0.0.0'], '::': ['0.0.0.0', '::'] }
  const addresses = every[configured] ?? [...new Set([configured, '127.0.0.1'])]
  return addresses.map((one) => `    listen ${one.includes(':') ? `[${one}]` : one}:${port};`).join('\n')
}
